/* contract: what holds of every store, for the tests of each. The store is the one that cabinet.h opens. */
#ifndef MAILROOM_TESTS_CONTRACT_H
#define MAILROOM_TESTS_CONTRACT_H

#include "broker/journal/store.h"

/* Rows that were loaded, as copies. */
struct loaded {
    struct record *records[64];
    unsigned count;
};

struct loaded contract_load(struct store *store);
void contract_drop(struct loaded *loaded);
bool contract_same_body(const struct record *one, const struct record *other);

/* A record of that kind, with its key, and a body where it has one. */
struct record contract_record(unsigned kind);

/* A store that must not open, with a text that names the place and this. */
void contract_expect_refusal(const struct store_plan *plan, const char *part);

/* Tests. */
void contract_rows_come_back_as_they_were_said(void);
void contract_owners_are_loaded_before_what_they_own(void);
void contract_what_a_row_owns_goes_with_it(void);
void contract_a_row_that_is_put_again_keeps_its_age_and_its_place(void);
void contract_a_cluster_goes_on_with_the_next_epoch(void);
void contract_the_journal_of_another_cluster_is_refused(void);
void contract_an_older_schema_gets_what_it_lacks(const char *older);

#endif
