// Compiled once for each public header, as strict C++17: what a C++ program sees
// when it includes that header and nothing else.
#include <@header@>
#include <@header@>

int headers_@stem@();
int headers_@stem@()
{
    return 0;
}
