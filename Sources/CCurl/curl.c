#include "CCurl.h"

#include <curl/curl.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

static struct {
    const char *problem;
    CURLcode (*start)(long);
    CURL *(*make)(void);
    CURLcode (*set)(CURL *, CURLoption, ...);
    CURLcode (*perform)(CURL *);
    CURLcode (*info)(CURL *, CURLINFO, ...);
    void (*destroy)(CURL *);
    const char *(*text)(CURLcode);
} curl;

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void load(void) {
    static const char *const names[] = {"libcurl.so.4", "libcurl-gnutls.so.4"};
    void *library = NULL;
    for (size_t i = 0; i < sizeof names / sizeof *names && library == NULL; i++) {
        library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
    }
    if (library == NULL) {
        curl.problem = "libcurl is not installed (libcurl.so.4)";
        return;
    }
// A function pointer comes out of dlsym as void *, which C forbids to cast: it is copied.
#define FIND(member, name)                                                                                  \
    do {                                                                                                    \
        void *found = dlsym(library, name);                                                                 \
        memcpy(&curl.member, &found, sizeof found);                                                         \
        if (found == NULL) curl.problem = "libcurl lacks " name;                                            \
    } while (0)
    FIND(start, "curl_global_init");
    FIND(make, "curl_easy_init");
    FIND(set, "curl_easy_setopt");
    FIND(perform, "curl_easy_perform");
    FIND(info, "curl_easy_getinfo");
    FIND(destroy, "curl_easy_cleanup");
    FIND(text, "curl_easy_strerror");
#undef FIND
    if (curl.problem == NULL && curl.start(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        curl.problem = "libcurl could not be started";
    }
}

static int progress(void *context, curl_off_t whole, curl_off_t now, curl_off_t up, curl_off_t sent) {
    (void)up;
    (void)sent;
    const ccurl_request *request = context;
    return request->progress(request->context, (int64_t)now, (int64_t)whole);
}

static size_t take(char *bytes, size_t size, size_t count, void *context) {
    const ccurl_request *request = context;
    return request->take(bytes, size * count, request->context);
}

// Older headers only know the bit masks.
static CURLcode limit(CURL *handle, const char *protocols) {
#if LIBCURL_VERSION_NUM >= 0x075500
    CURLcode code = curl.set(handle, CURLOPT_PROTOCOLS_STR, protocols);
    return code == CURLE_OK ? curl.set(handle, CURLOPT_REDIR_PROTOCOLS_STR, protocols) : code;
#else
    long mask = CURLPROTO_HTTPS | (strstr(protocols, "http,") == protocols ? CURLPROTO_HTTP : 0);
    CURLcode code = curl.set(handle, CURLOPT_PROTOCOLS, mask);
    return code == CURLE_OK ? curl.set(handle, CURLOPT_REDIR_PROTOCOLS, mask) : code;
#endif
}

void ccurl_get(const ccurl_request *request, ccurl_result *result) {
    memset(result, 0, sizeof *result);
    pthread_once(&once, load);
    CURL *handle = curl.problem == NULL ? curl.make() : NULL;
    if (handle == NULL) {
        result->code = CCURL_UNAVAILABLE;
        snprintf(result->reason, sizeof result->reason, "%s",
                 curl.problem ? curl.problem : "libcurl gave no handle");
        return;
    }
    char words[CURL_ERROR_SIZE] = "";
    CURLcode code = limit(handle, request->protocols);
#define SET(option, value)                                                                                  \
    if (code == CURLE_OK) code = curl.set(handle, option, value)
    SET(CURLOPT_ERRORBUFFER, words);
    SET(CURLOPT_URL, request->url);
    SET(CURLOPT_USERAGENT, request->agent);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_FOLLOWLOCATION, 1L);
    SET(CURLOPT_MAXREDIRS, 10L);
    SET(CURLOPT_FAILONERROR, 1L);
    SET(CURLOPT_CONNECTTIMEOUT, request->connect_seconds);
    SET(CURLOPT_LOW_SPEED_LIMIT, 1L);
    SET(CURLOPT_LOW_SPEED_TIME, request->stall_seconds);
    SET(CURLOPT_RESUME_FROM_LARGE, (curl_off_t)request->resume_from);
    SET(CURLOPT_WRITEFUNCTION, take);
    SET(CURLOPT_WRITEDATA, (void *)request);
    SET(CURLOPT_NOPROGRESS, 0L);
    SET(CURLOPT_XFERINFOFUNCTION, progress);
    SET(CURLOPT_XFERINFODATA, (void *)request);
    if (request->authorities != NULL) { SET(CURLOPT_CAINFO, request->authorities); }
#undef SET
    if (code == CURLE_OK) code = curl.perform(handle);
    curl.info(handle, CURLINFO_RESPONSE_CODE, &result->status);
    result->code = (int)code;
    if (code != CURLE_OK) {
        snprintf(result->reason, sizeof result->reason, "%s", words[0] != 0 ? words : curl.text(code));
    }
    curl.destroy(handle);
}
