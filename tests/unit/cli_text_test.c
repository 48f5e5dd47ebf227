/* Tests of clients/c/core/quote and uuid. */
#include <criterion/criterion.h>
#include <string.h>

#include "clients/c/core/quote.h"
#include "common/wire/uuid.h"

static void check_quoted(const char *word, const char *expected)
{
    char copy[64], *command[] = {copy, NULL};
    strncpy(copy, word, sizeof copy - 1);
    copy[sizeof copy - 1] = '\0';
    struct slice script = quote_command(command);
    cr_assert_eq(script.size, strlen(expected) + 1, "%s", word);
    cr_assert_arr_eq(slice_data(&script), expected, strlen(expected));
    cr_assert_eq(slice_data(&script)[script.size - 1], '\n');
    slice_drop(&script);
}

Test(cli_text, words_are_quoted_for_a_shell)
{
    check_quoted("plain-word_1.5/x:y,z@%^+", "plain-word_1.5/x:y,z@%^+");
    check_quoted("", "''");
    check_quoted("a b", "'a b'");
    check_quoted("it's", "'it'\\''s'");
    check_quoted("'", "''\\'''");
    check_quoted("$HOME", "'$HOME'");
    check_quoted("a=b", "'a=b'"); /* as the first word it would set a variable */
    check_quoted("new\nline", "'new\nline'");
    check_quoted("~", "'~'");
    check_quoted("\xc3\xbc", "'\xc3\xbc'");
}

Test(cli_text, words_are_separated)
{
    char first[] = "echo", second[] = "a b", *command[] = {first, second, NULL};
    struct slice script = quote_command(command);
    cr_assert_eq(script.size, strlen("echo 'a b'\n"));
    cr_assert_arr_eq(slice_data(&script), "echo 'a b'\n", script.size);
    slice_drop(&script);
}

Test(cli_text, uuids_are_written_and_read)
{
    const uint8_t expected[UUID_SIZE] = {0x6f, 0x1c, 0x8a, 0x52, 0x5b, 0x0e, 0x4c, 0x5f,
                                         0x9d, 0x43, 0x0f, 0x1f, 0x6d, 0x6c, 0x2a, 0x11};
    uint8_t uuid[UUID_SIZE];
    char text[UUID_TEXT];
    uuid_text(expected, text);
    cr_assert_str_eq(text, "6f1c8a52-5b0e-4c5f-9d43-0f1f6d6c2a11");
    cr_assert(uuid_parse(text, uuid));
    cr_assert_arr_eq(uuid, expected, UUID_SIZE);
    cr_assert(uuid_parse("6F1C8A525B0E4C5F9D430F1F6D6C2A11", uuid));
    cr_assert_arr_eq(uuid, expected, UUID_SIZE);
    const char *const wrong[] = {"",
                                 "6f1c8a52-5b0e-4c5f-9d43-0f1f6d6c2a1",
                                 "6f1c8a52-5b0e-4c5f-9d43-0f1f6d6c2a111",
                                 "6f1c8a52-5b0e-4c5f-9d43-0f1f6d6c2a1g",
                                 "6f1c8a-525b0e-4c5f-9d43-0f1f6d6c2a11",
                                 "6f1c8a52--5b0e-4c5f-9d43-0f1f6d6c2a11",
                                 " 6f1c8a52-5b0e-4c5f-9d43-0f1f6d6c2a11"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        cr_assert(!uuid_parse(wrong[i], uuid), "%s", wrong[i]);
}
