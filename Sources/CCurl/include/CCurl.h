// libcurl, opened when a transfer first needs it: the program runs where it is not installed, and no other
// command pays for loading it. curl_easy_setopt is variadic and a macro, which Swift cannot call; so one
// call here does one transfer.
#pragma once
#include <stddef.h>
#include <stdint.h>

typedef struct {
    const char *url;
    const char *agent;
    /// The only protocols that may be spoken, redirects included: "https".
    const char *protocols;
    /// Certificates to trust instead of the system's; NULL for those.
    const char *authorities;
    /// Bytes of the file that are here already.
    int64_t resume_from;
    long connect_seconds;
    /// A transfer that stands still for so long has failed.
    long stall_seconds;
    /// Takes bytes of the body; returns how many it took, fewer end the transfer.
    size_t (*take)(const char *bytes, size_t count, void *context);
    /// Told of progress several times a second; other than 0 ends the transfer. `whole` is 0 where unknown.
    int (*progress)(void *context, int64_t now, int64_t whole);
    void *context;
} ccurl_request;

typedef struct {
    /// libcurl's code; 0: all of the body was received.
    int code;
    /// HTTP's status.
    long status;
    /// What went wrong, in libcurl's words.
    char reason[256];
} ccurl_result;

typedef enum : int {
    CCURL_UNAVAILABLE = -1,
    CCURL_NO_HOST = 6,
    CCURL_NO_PROXY = 5,
    CCURL_NO_CONNECTION = 7,
    CCURL_CUT = 18,
    CCURL_HTTP_ERROR = 22,
    CCURL_REFUSED = 23,
    CCURL_TIMEOUT = 28,
    CCURL_NO_RANGE = 33,
} ccurl_code;

/// One transfer from beginning to end, on the calling thread.
void ccurl_get(const ccurl_request *request, ccurl_result *result);
