// ncursesw with wide characters; macros that Swift cannot import.
#pragma once
#define NCURSES_WIDECHAR 1
#include <ncurses.h>

static inline int cncurses_colors(void) { return COLORS; }
