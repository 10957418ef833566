/* SPDX-License-Identifier: Apache-2.0 */
/* Start-up and the few system calls that the kernel runner needs on an emulated Cortex-M, by semihosting. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { OPEN = 1, WRITE = 5, READ = 6, EXIT = 0x18 };

extern char board_stack_top[], end[];
int main(void);
void board_reset(void);

static intptr_t call(intptr_t operation, const void *arguments)
{
    register intptr_t r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = arguments;
    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

static intptr_t console(intptr_t mode)
{
    const intptr_t arguments[] = {(intptr_t)":tt", mode, 3};
    return call(OPEN, arguments);
}

static intptr_t in, out;

int _read(int file, char *to, int n)
{
    (void)file;
    const intptr_t arguments[] = {in, (intptr_t)to, n};
    const intptr_t left = call(READ, arguments);
    return n - (int)left;
}

int _write(int file, const char *from, int n)
{
    (void)file;
    const intptr_t arguments[] = {out, (intptr_t)from, n};
    return n - (int)call(WRITE, arguments);
}

void *_sbrk(intptr_t n)
{
    static char *top = end;
    char *const start = top;
    top += n;
    return start;
}

void _exit(int status)
{
    (void)status;
    call(EXIT, (const void *)0x20026);
    for (;;) {
    }
}

int _close(int file)
{
    return file;
}

int _fstat(int file, struct stat *status)
{
    (void)file;
    status->st_mode = S_IFIFO;
    return 0;
}

int _isatty(int file)
{
    (void)file;
    return 0;
}

int _lseek(int file, int offset, int from)
{
    (void)file, (void)offset, (void)from;
    return 0;
}

int _kill(int process, int signal)
{
    (void)process, (void)signal;
    return -1;
}

int _getpid(void)
{
    return 1;
}

static void fault(void)
{
    _exit(1);
}

__attribute__((section(".vectors"), used)) static const void *const vectors[16] = {
    board_stack_top, (const void *)board_reset, (const void *)fault, (const void *)fault,
    (const void *)fault, (const void *)fault, (const void *)fault,
};

void board_reset(void)
{
#ifdef __ARM_FEATURE_MVE
    *(volatile uint32_t *)0xe000ed88 |= 0xfu << 20; /* CPACR: floating point and vectors */
    __asm__ volatile("dsb\n\tisb" ::: "memory");
#endif
    in = console(0);
    out = console(4);
    exit(main());
}
