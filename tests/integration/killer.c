/*
 * Kills the program that it is loaded into (LD_PRELOAD) as soon as the write of number
 * RCTL_TEST_KILL_AT was answered, before the program sees the answer: the worst moment, since
 * the server has it and nobody knows. Writes are those of a plan: PATCH and DELETE, but
 * of Events.
 */
#include <curl/curl.h>
#include <dlfcn.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

typedef CURLMsg *reader(CURLM *multi, int *left);

static bool is_write(CURL *easy)
{
    char *method = NULL, *url = NULL;

    curl_easy_getinfo(easy, CURLINFO_EFFECTIVE_METHOD, &method);
    curl_easy_getinfo(easy, CURLINFO_EFFECTIVE_URL, &url);
    return method && url && (strcmp(method, "PATCH") == 0 || strcmp(method, "DELETE") == 0) &&
           !strstr(url, "/events.k8s.io/");
}

__attribute__((visibility("default"))) CURLMsg *curl_multi_info_read(CURLM *multi, int *left)
{
    static reader *real;
    static long writes;
    const char *at = getenv("RCTL_TEST_KILL_AT");
    CURLMsg *message;

    if (!real) {
        void *found = dlsym(RTLD_NEXT, "curl_multi_info_read");

        memcpy(&real, &found, sizeof(real));
    }
    message = real(multi, left);
    if (message && message->msg == CURLMSG_DONE && is_write(message->easy_handle) &&
        ++writes == strtol(at ? at : "0", NULL, 10))
        raise(SIGKILL);
    return message;
}
