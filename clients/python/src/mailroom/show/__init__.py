"""What people see of tasks while they wait: `display` (HTML for notebooks), `progressbar`, `interrupts`.

Display and bar tell `mailroom._session.shown` what they show, when the package is imported.
"""
