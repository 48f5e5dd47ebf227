/* page: see page.h. */
#include "common/wire/page.h"

#include <string.h>

void page_init(struct page *page)
{
    memset(page, 0, sizeof *page);
    page->magic = PAGE_MAGIC;
}

bool page_own(struct page *page, uint32_t owner)
{
    unsigned nobody = 0;
    if (page->magic != PAGE_MAGIC)
        return false;
    return atomic_compare_exchange_strong(&page->owner, &nobody, owner) || nobody == owner;
}

void page_write(struct page *page, const struct page_word *word)
{
    unsigned next = atomic_load_explicit(&page->current, memory_order_relaxed) + 1;
    page->words[next & 1] = *word;
    atomic_store_explicit(&page->current, next, memory_order_release);
}

bool page_read(const struct page *page, struct page_word *word)
{
    unsigned current = atomic_load_explicit(&page->current, memory_order_acquire);
    if (page->magic != PAGE_MAGIC || current == 0)
        return false;
    *word = page->words[current & 1];
    return word->state <= PAGE_BETWEEN;
}
