/* Tests of common/base/shown: what reaches a terminal. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "common/base/shown.h"

static void expect_clean(const char *text, const char *expected)
{
    char copy[64];
    snprintf(copy, sizeof copy, "%s", text);
    shown_clean(copy, strlen(copy));
    cr_assert_str_eq(copy, expected);
}

Test(shown, plain_texts_stay)
{
    expect_clean("a task, 7 \xc3\xa9 \xe2\x82\xac \xf0\x9f\x93\xac",
                 "a task, 7 \xc3\xa9 \xe2\x82\xac \xf0\x9f\x93\xac");
    expect_clean("", "");
    expect_clean("\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d", "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d"); /* right to left */
    expect_clean("\xc2\xa0", "\xc2\xa0"); /* the first behind C1 */
}

Test(shown, controls_of_both_kinds_do_not)
{
    expect_clean("a\x1b[2Jb\x7f\n\t", "a?[2Jb???");
    expect_clean("a\xc2\x9b"
                 "2Jb\xc2\x80\xc2\x9f",
                 "a??2Jb????"); /* CSI in one character */
}

Test(shown, overrides_of_direction_do_not)
{
    expect_clean("a\xe2\x80\xae"
                 "b",
                 "a???b");
    expect_clean("\xe2\x80\xaa\xe2\x81\xa6\xe2\x81\xa9\xe2\x80\x8e\xe2\x80\x8f\xd8\x9c", "?????????????????");
    expect_clean("\xe2\x80\xa8\xe2\x80\xa9", "??????"); /* separators of lines */
}

Test(shown, what_is_no_utf8_does_not)
{
    expect_clean("a\x9b"
                 "b\xff\xc3",
                 "a?b??");
    expect_clean("\xc0\x8a\xe0\x80\x8a\xed\xa0\x80\xf4\x90\x80\x80",
                 "????????????"); /* too long, surrogate, too large */
}
