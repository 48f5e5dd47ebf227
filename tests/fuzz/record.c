/* record: reading records; see record.h. */
#include "tests/fuzz/record.h"

bool records_next(struct records *records, struct fuzz_record *record)
{
    if (records->end - records->at < RECORD_SIZE)
        return false;
    const uint8_t *at = records->at;
    records->at += RECORD_SIZE;
    *record = (struct fuzz_record){.what = at[0], .who = at[1], .at = at + 2, .end = at + RECORD_SIZE};
    return true;
}

unsigned draw(struct fuzz_record *record)
{
    return record->at < record->end ? *record->at++ : 0;
}

unsigned draw_below(struct fuzz_record *record, unsigned limit)
{
    return draw(record) % limit;
}

uint64_t draw_of(struct fuzz_record *record, uint64_t usual, uint64_t one, uint64_t other)
{
    const uint64_t all[] = {usual, one, other};
    return all[draw_below(record, 3)];
}

bool draw_rarely(struct fuzz_record *record)
{
    return draw(record) >= 250;
}
