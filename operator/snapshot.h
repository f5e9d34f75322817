/*
 * snapshot: "rctl-operator snapshot" prints what the controllers would see, once, and writes
 * nothing: one List of all objects that they read, as `rctl plan --world -` takes it.
 */
#ifndef OPERATOR_SNAPSHOT_H
#define OPERATOR_SNAPSHOT_H

/* `argv[0]` is the word "snapshot". Returns the exit status, which are those of rctl. */
int snapshot_main(int argc, char **argv);

#endif
