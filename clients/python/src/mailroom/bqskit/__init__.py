"""BQSKit over mailroom: `Compiler` takes the place of `bqskit.compiler.Compiler`, which stays as it is.

    from bqskit import compile
    from mailroom.bqskit import Compiler

    with Compiler("localhost") as compiler:
        compiled = compile(circuit, compiler=compiler)

Rooms: `compiler` (the subclass), `conn` (what it has in place of BQSKit's connection to its server).
"""

try:
    from mailroom.bqskit.compiler import Compiler
except ModuleNotFoundError as error:
    if error.name != "bqskit":
        raise
    raise ImportError('mailroom.bqskit needs BQSKit: pip install "mailroom-router[bqskit]"') from error

__all__ = ["Compiler"]
