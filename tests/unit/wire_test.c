/* MessagePack by hand: every width, every edge, and what is no value of ours. */
#include <criterion/criterion.h>

#include "common/wire/wire.h"

/* A cursor over bytes. */
static struct wire over(const uint8_t *bytes, size_t size)
{
    return (struct wire){bytes, bytes + size};
}

#define OVER(...) over((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

Test(wire, numbers_are_written_in_the_shortest_form_and_read_back)
{
    static const struct {
        uint64_t number;
        size_t size;
    } cases[] = {{0, 1},          {0x7f, 1},      {0x80, 2},       {0xff, 2},
                 {0x100, 3},      {0xffff, 3},    {0x10000, 5},    {UINT32_MAX, 5},
                 {1ULL << 32, 9}, {INT64_MAX, 9}, {1ULL << 63, 9}, {UINT64_MAX, 9}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t bytes[WIRE_NUMBER];
        uint64_t number = 1;
        size_t size = (size_t)(wire_put_number(bytes, cases[i].number) - bytes);
        cr_expect_eq(size, cases[i].size, "%lu takes %zu bytes", (unsigned long)cases[i].number, size);
        struct wire wire = over(bytes, size);
        cr_expect(wire_take_number(&wire, &number) && number == cases[i].number && wire.at == wire.end);
        for (size_t cut = 0; cut < size; cut++) {
            wire = over(bytes, cut);
            cr_expect(!wire_take_number(&wire, &number), "%zu of %zu bytes", cut, size);
        }
    }
}

Test(wire, a_number_is_read_in_any_width_and_in_signed_types_too)
{
    struct wire wires[] = {OVER(5),
                           OVER(0xcc, 5),
                           OVER(0xcd, 0, 5),
                           OVER(0xce, 0, 0, 0, 5),
                           OVER(0xcf, 0, 0, 0, 0, 0, 0, 0, 5),
                           OVER(0xd0, 5),
                           OVER(0xd1, 0, 5),
                           OVER(0xd2, 0, 0, 0, 5),
                           OVER(0xd3, 0, 0, 0, 0, 0, 0, 0, 5)};
    for (size_t i = 0; i < sizeof wires / sizeof wires[0]; i++) {
        uint64_t number = 0;
        cr_expect(wire_take_number(&wires[i], &number) && number == 5 && wires[i].at == wires[i].end, "%zu",
                  i);
    }
}

Test(wire, what_is_negative_or_another_type_is_no_number)
{
    struct wire wires[] = {OVER(0xff),
                           OVER(0xe0),
                           OVER(0xd0, 0x80),
                           OVER(0xd1, 0xff, 0xff),
                           OVER(0xd2, 0x80, 0, 0, 0),
                           OVER(0xd3, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff),
                           OVER(0xc0),
                           OVER(0xc2),
                           OVER(0xca, 0x3f, 0x80, 0, 0),
                           OVER(0xa1, '5'),
                           OVER(0x91, 5)};
    for (size_t i = 0; i < sizeof wires / sizeof wires[0]; i++) {
        uint64_t number;
        cr_expect(!wire_take_number(&wires[i], &number), "%zu", i);
    }
}

Test(wire, texts_and_bytes_of_every_width_come_back)
{
    static uint8_t content[70000], bytes[70000 + WIRE_PREFIX];
    static const size_t sizes[] = {0, 1, 31, 32, 255, 256, 65535, 65536, 70000};
    memset(content, 'x', sizeof content);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        const uint8_t *data = bytes;
        size_t size = 0;
        struct wire wire = over(bytes, (size_t)(wire_put_text(bytes, content, sizes[i]) - bytes));
        cr_expect(wire_take_text(&wire, &data, &size) && size == sizes[i] && wire.at == wire.end);
        cr_expect(data + size == wire.end && !memcmp(data, content, size));
        wire = over(bytes, (size_t)(wire_put_bytes(bytes, content, sizes[i]) - bytes));
        cr_expect(wire_take_bytes(&wire, &data, &size) && size == sizes[i] && wire.at == wire.end);
        wire.at = bytes;
        wire.end--;
        cr_expect(!wire_take_bytes(&wire, &data, &size), "%zu bytes, cut", sizes[i]);
    }
}

Test(wire, bytes_are_no_text_and_a_text_is_no_bytes)
{
    struct wire bytes = OVER(0xc4, 1, 'x'), text = OVER(0xa1, 'x');
    const uint8_t *data;
    size_t size;
    cr_expect(!wire_take_text(&bytes, &data, &size));
    cr_expect(!wire_take_bytes(&text, &data, &size));
}

Test(wire, arrays_of_every_width_and_no_more_elements_than_bytes)
{
    static uint8_t bytes[70000 + WIRE_PREFIX];
    static const uint32_t counts[] = {0, 15, 16, 65535, 65536, 70000};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        uint32_t count;
        size_t size = (size_t)(wire_put_array(bytes, counts[i]) - bytes) + counts[i];
        struct wire wire = over(bytes, size);
        cr_expect(wire_take_array(&wire, &count) && count == counts[i]);
        wire = over(bytes, size - 1);
        cr_expect(!wire_take_array(&wire, &count), "%u elements in %zu bytes", count, size - 1);
    }
}

Test(wire, nil_is_taken_or_nothing_is)
{
    struct wire nil = OVER(0xc0), other = OVER(0xc2), none = {nil.end, nil.end};
    const uint8_t *before = other.at;
    cr_expect(wire_take_nil(&nil) && nil.at == nil.end);
    cr_expect(!wire_take_nil(&other) && other.at == before);
    cr_expect(!wire_take_nil(&none));
}

Test(wire, utf8_is_checked_to_the_letter)
{
    static const struct {
        const char *text;
        size_t good;
    } cases[] = {{"", 0},
                 {"plain ascii text, long enough for eight at a time", 49},
                 {"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xed\x9f\xbf\xef\xbf\xbf\xf4\x8f\xbf\xbf", 19},
                 {"12345678\xff", 8},
                 {"1234567\xc3", 7},
                 {"a\x80", 1},
                 {"\xc1\xbf", 0},
                 {"\xe0\x9f\xbf", 0},
                 {"\xed\xa0\x80", 0},
                 {"\xf0\x8f\xbf\xbf", 0},
                 {"\xf4\x90\x80\x80", 0},
                 {"\xf5\x80\x80\x80", 0},
                 {"\xe2\x82z", 0},
                 {"\xf0\x9f\x98z", 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        cr_expect_eq(wire_utf8((const uint8_t *)cases[i].text, strlen(cases[i].text)), cases[i].good, "%s",
                     cases[i].text);
}

Test(wire, skipping_takes_one_value_of_ours_and_nests_so_deep)
{
    struct wire wires[] = {OVER(7), OVER(0xc0), OVER(0xa1, 'x'), OVER(0xc4, 1, 9), OVER(0x92, 0x91, 0x90, 1)};
    for (size_t i = 0; i < sizeof wires / sizeof wires[0]; i++)
        cr_expect(wire_skip(&wires[i], 3) && wires[i].at == wires[i].end, "%zu", i);
    struct wire deep = OVER(0x91, 0x91, 0x90), map = OVER(0x80), real = OVER(0xca, 0, 0, 0, 0),
                none = OVER(0);
    none.end = none.at;
    cr_expect(!wire_skip(&deep, 2) && !wire_skip(&map, 4) && !wire_skip(&real, 4) && !wire_skip(&none, 4));
}
