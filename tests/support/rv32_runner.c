/* SPDX-License-Identifier: Apache-2.0 */
/* Start-up and the part of a C library that the kernel runner needs on an emulated RISC-V hart, by semihosting. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPEN = 1, WRITE = 5, READ = 6, EXIT = 0x20 };

extern char board_stack_top[], end[];
int main(void);
void board_reset(void);
void board_start(void);

/* The three instructions must lie in one page. */
static intptr_t call(intptr_t operation, const void *arguments)
{
    register intptr_t a0 __asm__("a0") = operation;
    register const void *a1 __asm__("a1") = arguments;
    __asm__ volatile(
        ".option push\n\t.option norvc\n\t.balign 16\n\t"
        "slli zero, zero, 0x1f\n\tebreak\n\tsrai zero, zero, 7\n\t.option pop"
        : "+r"(a0)
        : "r"(a1)
        : "memory");
    return a0;
}

static intptr_t in, out;
static char *top = end;
static int blocks, at_end;

static intptr_t console(intptr_t mode)
{
    const intptr_t arguments[] = {(intptr_t)":tt", mode, 3};
    return call(OPEN, arguments);
}

size_t fread(void *to, size_t size, size_t count, int file)
{
    size_t wanted = size * count;

    (void)file;
    for (char *at = to; wanted > 0;) {
        const intptr_t arguments[] = {in, (intptr_t)at, (intptr_t)wanted};
        const size_t left = (size_t)call(READ, arguments);
        if (left >= wanted) {
            at_end = 1;
            return 0;
        }
        at += wanted - left;
        wanted = left;
    }
    return count;
}

size_t fwrite(const void *from, size_t size, size_t count, int file)
{
    const intptr_t arguments[] = {out, (intptr_t)from, (intptr_t)(size * count)};

    (void)file;
    call(WRITE, arguments);
    return count;
}

int fprintf(int file, const char *format, const char *text)
{
    (void)format;
    fwrite(text, 1, strlen(text), file);
    return 0;
}

int fflush(int file)
{
    (void)file;
    return 0;
}

int feof(int file)
{
    (void)file;
    return at_end;
}

/* Memory comes back when all of it is free. */
void *malloc(size_t bytes)
{
    char *const memory = top;
    top += (bytes + 15) & ~(size_t)15;
    ++blocks;
    return memory;
}

void free(void *memory)
{
    if (memory != NULL && --blocks == 0) {
        top = end;
    }
}

void exit(int status)
{
    const intptr_t arguments[] = {0x20026, status};
    call(EXIT, arguments);
    for (;;) {
    }
}

void board_start(void)
{
    in = console(0);
    out = console(4);
    exit(main());
}

__attribute__((naked, section(".vectors"), used)) void board_reset(void)
{
    __asm__ volatile("la sp, board_stack_top\n\ttail board_start");
}
