/* One HTTP call: its description, as options of an easy handle of curl's; what curl's callbacks
 * gather of the response; and what becomes of it, a response or an error in words.
 *
 * What curl is given by pointer (body, CA, error buffer, the call itself) lives as long as the easy
 * handle: http_call_free ends both.
 *
 * Texts follow the AWS SDK for Java, in whose words Step Functions reports a service that could not
 * be reached: "Unable to execute HTTP request: Connect to 127.0.0.1:1 failed: Connection refused".
 */
#include "base/mem.h"
#include "http_call_private.h"
#include "net/net_private.h"
#include "net/url.h"

#include <stdio.h>

enum {
    CONNECT_TIMEOUT_MS = 10000, /* Source: AWS SDK for Java, DEFAULT_CONNECTION_TIMEOUT */
    TIMEOUT_DEFAULT_MS = 60000,
    RESPONSE_DEFAULT_MAX_BYTES = 1 << 20,
    HEADERS_MAX_BYTES = 1 << 17, /* of one response, interim ones included */
    HEADERS_MAX = 500,
    HEADER_MAX_BYTES = 1 << 16, /* of a request, name and value */
};

#define PREFIX "Unable to execute HTTP request: "

/* -- the response, as it comes -- */

/* "HTTP/1.1 404 Not Found\r\n" */
static void read_status_line(struct http_call *call, str line)
{
    call->status_text_len = 0;
    (void)str_cut(&line, ' ');
    if (!line.ptr)
        return;
    (void)str_cut(&line, ' ');
    while (line.ptr && line.len &&
           (line.ptr[line.len - 1] == '\r' || line.ptr[line.len - 1] == '\n'))
        line.len--;
    if (!line.ptr || line.len > sizeof(call->status_text) || !str_utf8_valid(line))
        return; // as if the server had sent none
    if (line.len)
        memcpy(call->status_text, line.ptr, line.len);
    call->status_text_len = line.len;
}

// NOLINTNEXTLINE(readability-non-const-parameter): the type is curl's
static size_t on_header(char *data, size_t size, size_t count, void *context)
{
    struct http_call *call = context;
    str line = {data, size * count};
    call->header_bytes += line.len;
    call->header_count++;
    if (call->header_bytes > HEADERS_MAX_BYTES || call->header_count > HEADERS_MAX) {
        call->too_large = true;
        return 0;
    }
    if (str_starts(line, STR("HTTP/")))
        read_status_line(call, line);
    return line.len;
}

// NOLINTNEXTLINE(readability-non-const-parameter): the type is curl's
static size_t on_body(char *data, size_t size, size_t count, void *context)
{
    struct http_call *call = context;
    buf_add(&call->response, (str){data, size * count});
    if (buf_ok(&call->response))
        return size * count;
    call->too_large = true;
    return 0;
}

/* -- describing a call -- */

void http_call_fail(struct http_call *call, enum err_id id, const char *text)
{
    if (!err_is_set(&call->failure))
        err_set(&call->failure, id, "%s%s", PREFIX, text);
}

static void call_check(struct http_call *call, CURLcode rc)
{
    if (rc != CURLE_OK)
        http_call_fail(call, rc == CURLE_OUT_OF_MEMORY ? ERR_NO_MEMORY : ERR_NETWORK,
                       curl_easy_strerror(rc));
}

static void set_long(struct http_call *call, CURLoption option, long value)
{
    call_check(call, curl_easy_setopt(call->easy, option, value));
}

static void set_ptr(struct http_call *call, CURLoption option, const void *value)
{
    call_check(call, curl_easy_setopt(call->easy, option, value));
}

/* Puts a line on a list of curl's. */
static void list_add(struct http_call *call, struct curl_slist **list, const char *line)
{
    struct curl_slist *longer = line ? curl_slist_append(*list, line) : NULL;
    if (longer)
        *list = longer;
    else
        http_call_fail(call, ERR_NO_MEMORY, "no memory");
}

static bool is_token(str s)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (c <= ' ' || c > '~' || strchr("()<>@,;:\\\"/[]?={}", c))
            return false;
    }
    return s.len > 0;
}

static bool is_field_value(str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (((unsigned char)s.ptr[i] < ' ' && s.ptr[i] != '\t') || s.ptr[i] == 0x7f)
            return false;
    return true;
}

static void set_common(struct http_call *call)
{
    set_long(call, CURLOPT_NOSIGNAL, 1);
    set_long(call, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    set_long(call, CURLOPT_FOLLOWLOCATION, 0);
    set_long(call, CURLOPT_PATH_AS_IS, 1);
    set_long(call, CURLOPT_TCP_NODELAY, 1);
    set_long(call, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS);
    set_ptr(call, CURLOPT_PROTOCOLS_STR, "http,https");
    set_ptr(call, CURLOPT_PROXY, ""); // none, whatever the environment says
    set_ptr(call, CURLOPT_ERRORBUFFER, call->error_text);
    set_ptr(call, CURLOPT_PRIVATE, call);
    set_ptr(call, CURLOPT_HEADERDATA, call);
    set_ptr(call, CURLOPT_WRITEDATA, call);
    call_check(call, curl_easy_setopt(call->easy, CURLOPT_HEADERFUNCTION, on_header));
    call_check(call, curl_easy_setopt(call->easy, CURLOPT_WRITEFUNCTION, on_body));
}

static void set_url(struct http_call *call, str url)
{
    struct url parts;
    char *text;
    if (err_is_set(&call->failure) || !url_parse(url, &parts, &call->failure))
        return;
    text = str_dup_c(url);
    call->host = str_dup_c(parts.host);
    call->port = parts.port;
    if (text && call->host)
        set_ptr(call, CURLOPT_URL, text); // copied by curl
    else
        http_call_fail(call, ERR_NO_MEMORY, "no memory");
    mem_free(text);
}

struct http_call *http_call_new(str method, str url)
{
    struct http_call *call = mem_new(sizeof(*call));
    call->failure = ERR_INIT;
    call->easy = curl_easy_init();
    if (!call->easy) {
        http_call_fail(call, ERR_NO_MEMORY, "no memory");
        return call;
    }
    set_common(call);
    set_url(call, url);
    if (method.len <= HTTP_METHOD_MAX_BYTES && is_token(method))
        memcpy(call->method, method.ptr, method.len);
    else
        http_call_fail(call, ERR_VALIDATION, "bad method");
    http_call_limits(call, TIMEOUT_DEFAULT_MS, RESPONSE_DEFAULT_MAX_BYTES);
    return call;
}

void http_call_header(struct http_call *call, str name, str value)
{
    if (!is_token(name) || !is_field_value(value) || name.len > HEADER_MAX_BYTES ||
        value.len > HEADER_MAX_BYTES) {
        http_call_fail(call, ERR_VALIDATION, "bad request header");
        return;
    }
    struct buf line;
    buf_init(&line, (size_t)2 * HEADER_MAX_BYTES + 8);
    buf_add(&line, name);
    if (value.len == 0) {
        buf_add_char(&line, ';'); // curl's spelling of an empty value; "name:" would remove it
    } else {
        buf_add(&line, STR(": "));
        buf_add(&line, value);
    }
    buf_add_char(&line, '\0');
    list_add(call, &call->headers, buf_ok(&line) ? line.ptr : NULL);
    buf_release(&line);
    call->has_content_type |= str_eq_nocase(name, STR("Content-Type"));
}

void http_call_body_take(struct http_call *call, str body)
{
    mem_free(str_owned_bytes(call->body));
    call->body = body;
    call->has_body = true;
}

void http_call_trust(struct http_call *call, str ca_pem)
{
    mem_free(str_owned_bytes(call->ca_pem));
    call->ca_pem = (str){str_dup_c(ca_pem), ca_pem.len};
    if (!call->ca_pem.ptr) {
        http_call_fail(call, ERR_NO_MEMORY, "no memory");
        return;
    }
    if (!call->easy)
        return;
    struct curl_blob blob = {str_owned_bytes(call->ca_pem), call->ca_pem.len, CURL_BLOB_NOCOPY};
    set_ptr(call, CURLOPT_CAINFO_BLOB, &blob);
    set_ptr(call, CURLOPT_CAPATH, NULL); // else the system's are trusted beside it
}

void http_call_connect_to(struct http_call *call, str host, uint16_t port)
{
    bool v6 = str_find_char(host, 0, ':') < host.len;
    char *name = str_dup_c(host);
    char line[300];
    int len = snprintf(line, sizeof(line), v6 ? "::[%.*s]:%u" : "::%.*s:%u", STR_ARG(host),
                       (unsigned)port);
    if (!name || len < 0 || (size_t)len >= sizeof(line) || host.len == 0 || !is_field_value(host)) {
        http_call_fail(call, ERR_VALIDATION, "bad host to connect to");
        mem_free(name);
        return;
    }
    list_add(call, &call->connect_to, line);
    mem_free(call->host);
    call->host = name;
    call->port = port;
}

void http_call_limits(struct http_call *call, int timeout_ms, size_t max_response_bytes)
{
    call->max_response_bytes = max_response_bytes;
    if (call->easy)
        set_long(call, CURLOPT_TIMEOUT_MS, timeout_ms > 0 ? timeout_ms : 0);
}

/* The last options: those that depend on one another. */
void http_call_complete(struct http_call *call)
{
    str method = str_from_c(call->method);
    bool head = str_eq(method, STR("HEAD"));
    bool sends = call->has_body || str_eq(method, STR("POST")) || str_eq(method, STR("PUT")) ||
                 str_eq(method, STR("PATCH"));
    buf_init(&call->response, call->max_response_bytes);
    if (sends && !head) {
        set_long(call, CURLOPT_POST, 1);
        set_ptr(call, CURLOPT_POSTFIELDS, call->body.ptr ? call->body.ptr : "");
        call_check(call, curl_easy_setopt(call->easy, CURLOPT_POSTFIELDSIZE_LARGE,
                                          (curl_off_t)call->body.len));
        list_add(call, &call->headers, "Expect:"); // no waiting for 100 Continue
        if (!call->has_content_type)
            list_add(call, &call->headers, "Content-Type:"); // none, rather than curl's own
    }
    if (head)
        set_long(call, CURLOPT_NOBODY, 1);
    else
        set_ptr(call, CURLOPT_CUSTOMREQUEST, call->method);
    set_ptr(call, CURLOPT_HTTPHEADER, call->headers);
    set_ptr(call, CURLOPT_CONNECT_TO, call->connect_to);
}

void http_call_free(struct http_call *call)
{
    curl_easy_cleanup(call->easy);
    curl_slist_free_all(call->headers);
    curl_slist_free_all(call->connect_to);
    mem_free(str_owned_bytes(call->body));
    mem_free(str_owned_bytes(call->ca_pem));
    mem_free(call->host);
    buf_release(&call->response);
    err_release(&call->failure);
    mem_free(call);
}

/* -- the response, as it is told -- */

/* A header's value: UTF-8, or else Latin-1 as HTTP once had it. */
static json header_value(const char *text)
{
    str value = str_from_c(text);
    if (str_utf8_valid(value))
        return json_string(value);
    struct buf b;
    buf_init(&b, (size_t)2 * HEADERS_MAX_BYTES);
    for (size_t i = 0; i < value.len; i++) {
        char utf8[4];
        size_t len = str_utf8_encode((unsigned char)value.ptr[i], utf8);
        buf_add(&b, (str){utf8, len});
    }
    json out = buf_ok(&b) ? json_string(buf_str(&b)) : json_absent();
    buf_release(&b);
    return out;
}

/* Gives all values of the header that first is one of, in order. */
static json header_values(struct http_call *call, const struct curl_header *first)
{
    json values = json_array(first->amount);
    char name[256]; // the next look-up may overwrite *first
    size_t amount = first->amount, len = strlen(first->name);
    if (len >= sizeof(name))
        return values; // no such header exists; it is shown without a value
    memcpy(name, first->name, len + 1);
    for (size_t i = 0; i < amount; i++) {
        struct curl_header *header;
        if (curl_easy_header(call->easy, name, i, CURLH_HEADER, -1, &header) != CURLHE_OK ||
            !json_push_take(&values, header_value(header->value)))
            break;
    }
    return values;
}

static json response_headers(struct http_call *call)
{
    json headers = json_object(8);
    struct curl_header *at = NULL;
    while ((at = curl_easy_nextheader(call->easy, CURLH_HEADER, -1, at)) != NULL) {
        char name[256];
        size_t len = strlen(at->name);
        if (at->index != 0 || len >= sizeof(name))
            continue; // later values were gathered with the first
        for (size_t i = 0; i < len; i++)
            name[i] =
                (char)(at->name[i] >= 'A' && at->name[i] <= 'Z' ? at->name[i] + 32 : at->name[i]);
        str key = {name, len};
        if (!str_utf8_valid(key) || !json_is_absent(json_get(headers, key)))
            continue;
        if (!json_put_take(&headers, key, header_values(call, at)))
            break;
    }
    return headers;
}

/* -- what went wrong, in words -- */

static const char *curl_words(const struct http_call *call, CURLcode rc)
{
    return call->error_text[0] ? call->error_text : curl_easy_strerror(rc);
}

static void connect_err(struct http_call *call, CURLcode rc, struct err *err)
{
    long os_errno = 0;
    char space[128];
    const char *words = curl_words(call, rc);
    if (curl_easy_getinfo(call->easy, CURLINFO_OS_ERRNO, &os_errno) == CURLE_OK && os_errno != 0)
        words = strerror_r((int)os_errno, space, sizeof(space)); // GNU's: gives the text
    err_set(err, ERR_NETWORK, PREFIX "Connect to %s:%u failed: %s", call->host,
            (unsigned)call->port, words);
}

static void timeout_err(struct http_call *call, struct err *err)
{
    curl_off_t connected_us = 0;
    if (curl_easy_getinfo(call->easy, CURLINFO_PRETRANSFER_TIME_T, &connected_us) == CURLE_OK &&
        connected_us > 0)
        err_set(err, ERR_STATES_TIMEOUT, PREFIX "Read timed out");
    else
        err_set(err, ERR_STATES_TIMEOUT, PREFIX "Connect to %s:%u failed: connect timed out",
                call->host, (unsigned)call->port);
}

static bool is_tls(CURLcode rc)
{
    static const CURLcode codes[] = {
        CURLE_SSL_CONNECT_ERROR,     CURLE_SSL_CERTPROBLEM,          CURLE_SSL_CIPHER,
        CURLE_SSL_CACERT_BADFILE,    CURLE_SSL_SHUTDOWN_FAILED,      CURLE_SSL_CRL_BADFILE,
        CURLE_SSL_ISSUER_ERROR,      CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_PINNEDPUBKEYNOTMATCH,
        CURLE_SSL_INVALIDCERTSTATUS,
    };
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
        if (codes[i] == rc)
            return true;
    return false;
}

void http_call_result_err(struct http_call *call, CURLcode rc, struct err *err)
{
    if (rc == CURLE_OK)
        return;
    if (call->too_large || rc == CURLE_FILESIZE_EXCEEDED)
        err_set(err, ERR_TOO_LARGE, PREFIX "the response is larger than %zu bytes",
                call->max_response_bytes);
    else if (rc == CURLE_COULDNT_RESOLVE_HOST)
        err_set(err, ERR_NETWORK, PREFIX "%s: Name or service not known", call->host);
    else if (rc == CURLE_COULDNT_CONNECT)
        connect_err(call, rc, err);
    else if (rc == CURLE_OPERATION_TIMEDOUT)
        timeout_err(call, err);
    else if (rc == CURLE_GOT_NOTHING)
        err_set(err, ERR_NETWORK, PREFIX "The target server failed to respond");
    else
        err_set(err, is_tls(rc) ? ERR_TLS : ERR_NETWORK, PREFIX "%s", curl_words(call, rc));
}

void http_call_tell(struct http_call *call, struct err *err)
{
    struct http_response response = {0, json_absent(), STR(""), STR(""), err};
    long status = 0;
    if (err_is_set(err)) {
        response.headers = json_object(0);
    } else {
        call_check(call, curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status));
        response.status = (int)status;
        response.status_text = (str){call->status_text, call->status_text_len};
        response.body = buf_str(&call->response);
        response.headers = response_headers(call);
    }
    call->done(call->context, &response);
    json_unref(response.headers);
}
