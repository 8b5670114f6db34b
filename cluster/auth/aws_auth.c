/* From an IAM principal to a Kubernetes user: the cluster's creator, then aws-auth's mapRoles,
 * mapUsers and mapAccounts, as aws-iam-authenticator maps them.
 *
 * A row's ARN is compared with the canonical one, case ignored: a role's path is lost in
 * canonicalisation, so a row with a path matches nobody, as on EKS.
 * ASSUMPTION: sessions here have no names of their own; {{SessionName}} becomes "stepd". */
#include "base/digest.h"
#include "cluster/auth/auth.h"
#include "cluster/auth/yaml.h"
#include "net/arn.h"

enum {
    GROUPS_MAX = 64,  /* of one row */
    ROWS_MAX = 4096,  /* of one mapping; a ConfigMap holds 1 MiB */
    UID_LETTERS = 17, /* after AROA, AIDA. Source: IAM User Guide, "Unique identifiers" */
};

#define GROUP_AUTHENTICATED "system:authenticated"
#define GROUP_MASTERS       "system:masters"
#define SESSION_NAME        "stepd"

/* Lends the uid of a principal: the same for the same ARN. */
static str uid_of(struct arena *a, str account, str arn)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    unsigned char hash[SHA256_BYTES];
    char letters[UID_LETTERS];
    struct arn parts;
    sha256(arn, hash);
    for (size_t i = 0; i < sizeof(letters); i++)
        letters[i] = alphabet[hash[i] & 31];
    bool role = arn_parse(arn, &parts) && str_starts(parts.resource, STR("role/"));
    return arena_printf(a, "aws-iam-authenticator:%.*s:%s%.*s", STR_ARG(account),
                        role ? "AROA" : "AIDA", (int)sizeof(letters), letters);
}

/* Fills out; groups is an array of strings, others in it are passed over. */
static bool user_set(struct arena *a, str arn, str username, json groups, struct auth_user *out)
{
    struct arn parts;
    size_t count = json_len(groups) < GROUPS_MAX ? json_len(groups) : GROUPS_MAX;
    str *list = arena_array(a, count + 1, sizeof(*list));
    if (!list || !username.ptr)
        return false;
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        str group = json_str(json_at(groups, i));
        if (group.len > 0 && !str_eq(group, STR(GROUP_AUTHENTICATED)))
            list[used++] = arena_str(a, group);
    }
    list[used++] = STR(GROUP_AUTHENTICATED);
    for (size_t i = 0; i < used; i++)
        if (!list[i].ptr)
            return false;
    out->username = username;
    out->uid = uid_of(a, arn_parse(arn, &parts) ? parts.account : STR(""), arn);
    out->groups = list;
    out->groups_count = used;
    out->arn = arena_str(a, arn);
    return out->uid.ptr && out->arn.ptr;
}

static bool user_set_master(struct arena *a, str arn, struct auth_user *out)
{
    json groups = json_array(1);
    bool ok = json_push_take(&groups, json_string(STR(GROUP_MASTERS))) &&
              user_set(a, arn, STR("kubernetes-admin"), groups, out);
    json_unref(groups);
    return ok;
}

/* Lends a row's user name with its templates filled in; ptr NULL: it has one that cannot be. */
static str username_of(struct arena *a, str pattern, str arn)
{
    struct arn parts;
    struct buf b;
    str account = arn_parse(arn, &parts) ? parts.account : STR("");
    if (pattern.len == 0)
        return arena_str(a, arn);
    buf_init(&b, 4096);
    while (pattern.len > 0) {
        if (str_starts(pattern, STR("{{AccountID}}"))) {
            buf_add(&b, account);
            pattern = str_skip(pattern, STR("{{AccountID}}").len);
        } else if (str_starts(pattern, STR("{{SessionName}}"))) {
            buf_add(&b, STR(SESSION_NAME));
            pattern = str_skip(pattern, STR("{{SessionName}}").len);
        } else if (str_starts(pattern, STR("{{SessionNameRaw}}"))) {
            buf_add(&b, STR(SESSION_NAME));
            pattern = str_skip(pattern, STR("{{SessionNameRaw}}").len);
        } else if (str_starts(pattern, STR("{{"))) {
            b.failed = true; // an EC2 instance's name, say: nobody here is one
            break;
        } else {
            buf_add_char(&b, pattern.ptr[0]);
            pattern = str_skip(pattern, 1);
        }
    }
    str name = buf_ok(&b) ? arena_str(a, buf_str(&b)) : STR_NONE;
    buf_release(&b);
    return name;
}

/* Gives the list that a key of the ConfigMap holds as YAML; ABSENT when it is none. */
static json mapping_of(json aws_auth, str key)
{
    struct err err = ERR_INIT;
    json list = json_absent();
    str text = json_str(json_get(json_get(aws_auth, STR("data")), key));
    if (text.len == 0)
        return list;
    if (!yaml_to_json(text, &list, &err))
        list = json_absent(); // a broken mapping admits nobody
    err_release(&err);
    return list;
}

static bool mapped_by(struct arena *a, json aws_auth, str key, str arn_key, str arn,
                      struct auth_user *out)
{
    json rows = mapping_of(aws_auth, key);
    bool found = false;
    for (size_t i = 0; i < json_len(rows) && i < ROWS_MAX && !found; i++) {
        json row = json_at(rows, i);
        if (!str_eq_nocase(json_str(json_get(row, arn_key)), arn))
            continue;
        str username = username_of(a, json_str(json_get(row, STR("username"))), arn);
        found = user_set(a, arn, username, json_get(row, STR("groups")), out);
    }
    json_unref(rows);
    return found;
}

/* An account stands as a string, or, not quoted, as a number that may have lost leading zeros. */
static bool is_account(json v, str account)
{
    char space[32];
    if (v.kind == JSON_STRING)
        return str_eq(json_str(v), account);
    return json_is_number(v) && str_eq(json_number_str(v, space), account);
}

static bool mapped_by_account(struct arena *a, json aws_auth, str arn, struct auth_user *out)
{
    struct arn parts;
    bool found = false;
    if (!arn_parse(arn, &parts))
        return false;
    json accounts = mapping_of(aws_auth, STR("mapAccounts"));
    for (size_t i = 0; i < json_len(accounts) && i < ROWS_MAX && !found; i++)
        found = is_account(json_at(accounts, i), parts.account) &&
                user_set(a, arn, arena_str(a, arn), json_absent(), out);
    json_unref(accounts);
    return found;
}

bool auth_user_of(const struct auth_rules *rules, struct arena *a, str principal_arn,
                  struct auth_user *out)
{
    struct arn parts;
    if (!arn_parse(principal_arn, &parts))
        return false;
    if (rules->creator_arn.len > 0 && str_eq_nocase(rules->creator_arn, principal_arn))
        return user_set_master(a, principal_arn, out);
    if (rules->open && rules->account.len > 0 && str_eq(parts.account, rules->account))
        return user_set_master(a, principal_arn, out);
    return mapped_by(a, rules->aws_auth, STR("mapRoles"), STR("rolearn"), principal_arn, out) ||
           mapped_by(a, rules->aws_auth, STR("mapUsers"), STR("userarn"), principal_arn, out) ||
           mapped_by_account(a, rules->aws_auth, principal_arn, out);
}

bool auth_is_master(const struct auth_user *u)
{
    for (size_t i = 0; i < u->groups_count; i++)
        if (str_eq(u->groups[i], STR(GROUP_MASTERS)))
            return true;
    return false;
}
