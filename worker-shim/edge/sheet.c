/* sheet: see sheet.h. */
#include "worker-shim/edge/sheet.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

void sheet_make(struct sheet *sheet, const char *folder, const char *name)
{
    *sheet = (struct sheet){0};
    snprintf(sheet->path, sizeof sheet->path, "%s/%s.page", folder, name);
    int file = open(sheet->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0)
        return;
    void *page = MAP_FAILED;
    if (ftruncate(file, PAGE_SIZE) == 0)
        page = mmap(NULL, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (page == MAP_FAILED) {
        unlink(sheet->path);
        return;
    }
    sheet->page = page;
    page_init(page);
}

bool sheet_read(const struct sheet *sheet, struct page_word *word)
{
    return sheet->page && page_read(sheet->page, word);
}

void sheet_drop(struct sheet *sheet)
{
    if (!sheet->page)
        return;
    munmap(sheet->page, PAGE_SIZE);
    unlink(sheet->path);
    sheet->page = NULL;
}
