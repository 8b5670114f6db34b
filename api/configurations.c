/* Logging, tracing and encryption configurations: checked, kept as text, described again.
 *
 * stepd keeps them and gives them back; it delivers no logs to CloudWatch and no traces to X-Ray,
 * and encrypts nothing with KMS: who asks for that hears of it in the log, or is refused where AWS
 * could not go on either. */
#include "api_private.h"
#include "base/log.h"
#include "base/mem.h"

/* The compact text of an input's member, lent from the call's arena; empty when absent. */
static bool keep_text(struct api_call *call, const char *name, str *out, struct err *err)
{
    json v = input(call, name);
    *out = STR("");
    if (json_is_absent(v))
        return true;
    str text = json_text(v);
    *out = text.ptr ? arena_str(call->arena, text) : STR_NONE;
    str_free(text);
    return out->ptr || err_set(err, ERR_NO_MEMORY, "no memory for %s", name);
}

static bool check_logging(const struct api_call *call, struct err *err)
{
    json logging = input(call, "loggingConfiguration");
    str level = json_str(json_get(logging, STR("level")));
    if (!level.ptr || str_eq(level, STR("OFF")))
        return true;
    if (json_len(json_get(logging, STR("destinations"))) != 1)
        return err_set(err, ERR_INVALID_LOGGING_CONFIGURATION,
                       "Invalid Logging Configuration: Must specify exactly one Log Destination.");
    log_warn("api", "logging-not-delivered", "level=%.*s", STR_ARG(level));
    return true;
}

static bool check_encryption(const struct api_call *call, struct err *err)
{
    json encryption = input(call, "encryptionConfiguration");
    bool customer =
        str_eq(json_str(json_get(encryption, STR("type"))), STR("CUSTOMER_MANAGED_KMS_KEY"));
    if (!customer)
        return true;
    return err_set(err, ERR_INVALID_ENCRYPTION_CONFIGURATION,
                   "Invalid Encryption Configuration: stepd has no KMS to encrypt with");
}

bool configurations_read(struct api_call *call, struct store_machine *m, struct err *err)
{
    return check_logging(call, err) && check_encryption(call, err) &&
           keep_text(call, "loggingConfiguration", &m->logging_json, err) &&
           keep_text(call, "tracingConfiguration", &m->tracing_json, err) &&
           keep_text(call, "encryptionConfiguration", &m->encryption_json, err);
}

void configurations_describe(const struct store_machine *m, struct buf *out)
{
    struct err err = ERR_INIT;
    json logging = json_absent(), tracing = json_absent(), encryption = json_absent();
    // What is kept was JSON when it was kept: a failure here only leaves the defaults.
    (void)(m->logging_json.len && json_parse(m->logging_json, &logging, &err));
    err_release(&err);
    (void)(m->tracing_json.len && json_parse(m->tracing_json, &tracing, &err));
    err_release(&err);
    (void)(m->encryption_json.len && json_parse(m->encryption_json, &encryption, &err));
    err_release(&err);

    bool include = false, enabled = false;
    str level = STR_NONE, type = STR_NONE;
    (void)json_get_str(logging, STR("level"), &level);
    (void)json_get_bool(logging, STR("includeExecutionData"), &include);
    (void)json_get_bool(tracing, STR("enabled"), &enabled);
    (void)json_get_str(encryption, STR("type"), &type);
    member_object(out, "loggingConfiguration");
    member_str(out, "level", level.ptr ? level : STR("OFF"));
    member_bool(out, "includeExecutionData", include);
    json destinations = json_get(logging, STR("destinations"));
    if (destinations.kind == JSON_ARRAY) {
        member_raw(out, "destinations", STR(""));
        json_print(destinations, out);
    }
    buf_add_char(out, '}');
    member_object(out, "tracingConfiguration");
    member_bool(out, "enabled", enabled);
    buf_add_char(out, '}');
    member_object(out, "encryptionConfiguration");
    member_str(out, "type", type.ptr ? type : STR("AWS_OWNED_KEY"));
    buf_add_char(out, '}');
    json_unref(logging);
    json_unref(tracing);
    json_unref(encryption);
}
