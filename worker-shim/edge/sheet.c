/* sheet: see sheet.h. */
#include "worker-shim/edge/sheet.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

/* Maps the page of that worker, in a file that is opened with these flags too. */
static void map(struct sheet *sheet, const char *folder, const char *name, int flags)
{
    *sheet = (struct sheet){0};
    snprintf(sheet->path, sizeof sheet->path, "%s/%s.page", folder, name);
    int file = open(sheet->path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | flags, 0600);
    if (file < 0)
        return;
    void *page = MAP_FAILED;
    if (ftruncate(file, PAGE_SIZE) == 0)
        page = mmap(NULL, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (page == MAP_FAILED)
        unlink(sheet->path);
    else
        sheet->page = page;
}

void sheet_make(struct sheet *sheet, const char *folder, const char *name)
{
    map(sheet, folder, name, O_CREAT | O_EXCL);
    if (sheet->page)
        page_init(sheet->page);
}

void sheet_find(struct sheet *sheet, const char *folder, const char *name)
{
    map(sheet, folder, name, 0);
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
