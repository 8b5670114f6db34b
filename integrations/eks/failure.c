/* How a call's failures are told, in one place: the error's name and the cause's text.
 *
 * Source: Developer Guide, "Call Amazon EKS with Step Functions", its EKS.401; the SDK's sentences
 * are those recorded of sibling integrations.
 * ASSUMPTION: EKS.<exception> and EKS.SdkClientException follow SQS's and DynamoDB's pattern;
 * Eks.<exception> that of DynamoDb's under aws-sdk. */
#include "base/mem.h"
#include "eks_private.h"

enum { ERROR_MAX_BYTES = 256, CAUSE_MAX_BYTES = 32768 };

static void fail(struct task *t, bool submit, str error, str cause)
{
    // Source: API Reference, HistoryEvent: a cause has at most 32,768 characters.
    if (cause.len > CAUSE_MAX_BYTES) {
        cause.len = CAUSE_MAX_BYTES;
        while (cause.len && !str_utf8_valid(cause))
            cause.len--;
    }
    if (submit)
        task_submit_failed(t, error, cause);
    else
        task_failed(t, error, cause);
}

void eks_fail_network(struct task *t, const struct http_response *response, bool submit)
{
    if (response->err->id == ERR_TOO_LARGE) {
        task_result_too_large(t, submit);
        return;
    }
    fail(t, submit, eks_is_sdk(t) ? STR("Eks.SdkClientException") : STR("EKS.SdkClientException"),
         err_text(response->err));
}

void eks_fail_kubernetes(struct task *t, const struct http_response *response, bool submit)
{
    struct buf error;
    buf_init(&error, ERROR_MAX_BYTES);
    buf_printf(&error, "EKS.%d", response->status);
    json envelope = kubernetes_envelope(response, false);
    str cause = json_text(envelope);
    fail(t, submit, buf_str(&error), cause.ptr ? cause : STR(""));
    str_free(cause);
    json_unref(envelope);
    buf_release(&error);
}

/* "ResourceInUseException:http://…" names the exception before the colon. */
static str exception_of(const struct http_response *response, str otherwise)
{
    str type = json_str(json_at(json_get(response->headers, STR("x-amzn-errortype")), 0));
    str name = type.ptr ? str_cut(&type, ':') : STR_NONE;
    return name.len ? name : otherwise;
}

/* The two generations of the SDK. */
static void word_optimised(const struct http_response *response, str message, str request_id,
                           struct buf *error, struct buf *cause)
{
    str exception = exception_of(response, STR("AmazonEKSException"));
    buf_printf(error, "EKS.%.*s", STR_ARG(exception));
    buf_printf(cause,
               "%.*s (Service: AmazonEKS; Status Code: %d; Error Code: %.*s; Request ID: %.*s; "
               "Proxy: null)",
               STR_ARG(message), response->status, STR_ARG(exception), STR_ARG(request_id));
}

static void word_sdk(const struct http_response *response, str message, str request_id,
                     struct buf *error, struct buf *cause)
{
    str exception = exception_of(response, STR("EksException"));
    buf_printf(error, "Eks.%.*s", STR_ARG(exception));
    buf_printf(cause, "%.*s (Service: Eks, Status Code: %d, Request ID: %.*s)", STR_ARG(message),
               response->status, STR_ARG(request_id));
}

void eks_fail_control(struct task *t, const struct http_response *response, bool submit)
{
    json body = json_absent();
    struct err parse = ERR_INIT;
    if (!json_parse(response->body, &body, &parse))
        err_release(&parse); // an answer that is not JSON has no message: its status must do
    str message = STR_NONE;
    if (!json_get_str(body, STR("message"), &message))
        message = response->status_text;
    str request_id = json_str(json_at(json_get(response->headers, STR("x-amzn-requestid")), 0));
    if (!request_id.ptr)
        request_id = STR("null");
    struct buf error, cause;
    buf_init(&error, ERROR_MAX_BYTES);
    buf_init(&cause, CAUSE_MAX_BYTES + ERROR_MAX_BYTES);
    if (eks_is_sdk(t))
        word_sdk(response, message, request_id, &error, &cause);
    else
        word_optimised(response, message, request_id, &error, &cause);
    fail(t, submit, buf_str(&error), buf_str(&cause));
    buf_release(&error);
    buf_release(&cause);
    json_unref(body);
}

void eks_fail_with_value(struct task *t, json value_taken)
{
    str cause = json_text(value_taken);
    fail(t, false, err_id_name(ERR_STATES_TASK_FAILED), cause.ptr ? cause : STR(""));
    str_free(cause);
    json_unref(value_taken);
}

void eks_fail_poll(struct task *t, const struct http_response *response,
                   void (*refused)(struct task *, const struct http_response *, bool))
{
    if (response->status == 0)
        eks_fail_network(t, response, false);
    else
        refused(t, response, false);
}
