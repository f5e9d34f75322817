/* options: the command line of rctl-fake-engine, from rows. */
#ifndef ENGINE_OPTIONS_H
#define ENGINE_OPTIONS_H

#include "engine.h"

/* OPTIONS_GO, or what the process is to end with. Texts are lent from `argv`. */
enum { OPTIONS_GO = -1 };
int options_parse(struct engine_options *options, int argc, char **argv);
void options_done(struct engine_options *options);

#endif
