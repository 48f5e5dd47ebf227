/* run: plays stories: `mailroom_story FILE-OR-FOLDER...`. Prints what failed, and how many stories there
 * were. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"
#include "tests/story/world.h"

/* Whether the story in `file` is true of the core. */
static bool play_story(const char *file)
{
    FILE *stream = fopen(file, "r");
    if (stream == NULL) {
        printf("%s: cannot be read\n", file);
        return false;
    }
    struct world world;
    world_init(&world, file);
    char *text = NULL;
    size_t capacity = 0;
    while (!world.failed && getline(&text, &capacity, stream) >= 0) {
        world.line++;
        script_line(&world, text, true);
    }
    if (!world.failed && world.broker == NULL && world.shim == NULL) {
        world_fail(&world, "an empty story");
    }
    if (!world.failed) {
        world_turn(&world);
        expect_no_letters(&world);
    }
    bool good = !world.failed;
    free(text);
    fclose(stream);
    world_free(&world);
    return good;
}

static int is_story(const struct dirent *entry)
{
    const char *dot = strrchr(entry->d_name, '.');
    return dot != NULL && strcmp(dot, ".story") == 0;
}

struct sums {
    bool untrue; /* the stories that follow must fail */
    unsigned passed, failed;
};

static void play_and_count(const char *file, struct sums *sums)
{
    bool good = play_story(file) != sums->untrue;
    if (!good && sums->untrue) {
        printf("%s: passed, though it is untrue\n", file);
    }
    sums->passed += good;
    sums->failed += !good;
}

/* Plays the stories of a folder in the order of their names, or the one story that `path` is. */
static void play_path(const char *path, struct sums *sums)
{
    struct dirent **entries = NULL;
    int count = scandir(path, &entries, is_story, alphasort);
    if (count < 0) {
        play_and_count(path, sums);
        return;
    }
    for (int i = 0; i < count; i++) {
        char *file = text_format("%s/%s", path, entries[i]->d_name);
        play_and_count(file, sums);
        mem_free(file);
        free(entries[i]);
    }
    free(entries);
}

int main(int argc, char **argv)
{
    struct sums sums = {0};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--untrue") == 0) {
            sums.untrue = true;
        } else {
            play_path(argv[i], &sums);
        }
    }
    printf("stories: %u passed, %u failed\n", sums.passed, sums.failed);
    return sums.failed > 0 || sums.passed == 0;
}
