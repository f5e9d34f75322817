/*
 * Compiled once for each public header, as strict C99: a header that needs
 * another one included first, or a newer C, does not get past this file.
 */
#include <@header@>
#include <@header@> /* and a second time: the guard holds */

int headers_@stem@(void);
int headers_@stem@(void)
{
    return 0;
}
