/*
 * The floor of the measurement: reads a file whole and runs libyaml's events over
 * it, keeping nothing. Nobody who reads YAML with libyaml can be faster.
 */
#include <stdio.h>
#include <stdlib.h>
#include <yaml.h>

int main(int argc, char **argv)
{
    FILE *file = argc > 1 ? fopen(argv[1], "rb") : NULL;
    unsigned char *data;
    yaml_parser_t parser;
    yaml_event_t event;
    size_t events = 0;
    int done = 0;
    long len;

    if (!file || fseek(file, 0, SEEK_END) != 0 || (len = ftell(file)) < 0)
        return 1;
    rewind(file);
    data = malloc((size_t)len + 1);
    if (!data || fread(data, 1, (size_t)len, file) != (size_t)len || !yaml_parser_initialize(&parser))
        return 1;
    yaml_parser_set_input_string(&parser, data, (size_t)len);
    while (!done) {
        if (!yaml_parser_parse(&parser, &event))
            return 1;
        done = event.type == YAML_STREAM_END_EVENT;
        events++;
        yaml_event_delete(&event);
    }
    printf("%zu events\n", events);
    yaml_parser_delete(&parser);
    free(data);
    fclose(file);
    return 0;
}
