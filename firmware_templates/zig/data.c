/* SPDX-License-Identifier: MIT-0 */
/* One word for .data: Zig's objcopy places an empty section at its address in RAM, and fills the file up to there. */
__attribute__((used, retain)) static int ek_data_word = 1;
