/* Reviews: who am I, and may I. Answered from the user at hand; nothing is stored. */
#include "edit_private.h"
#include "request_private.h"

/* Gives the user as UserInfo has it. */
static json user_info(const struct auth_user *user)
{
    json groups = json_array(user->groups_count), arns = json_array(1);
    bool ok = json_push_take(&arns, json_string(or_empty(user->arn)));
    for (size_t i = 0; i < user->groups_count && ok; i++)
        ok = json_push_take(&groups, json_string(or_empty(user->groups[i])));
    if (!ok) {
        json_unref(groups);
        json_unref(arns);
        return json_absent();
    }
    json extra = object_of("arn", json_ref(arns), "canonicalArn", arns, NULL);
    return object_of("username", json_string(or_empty(user->username)), "uid",
                     json_string(or_empty(user->uid)), "groups", groups, "extra", extra, NULL);
}

/* What everybody who is admitted may do. */
static bool allowed_to_all(json spec)
{
    static const char *const paths[] = {"/api",   "/apis",   "/version", "/healthz",
                                        "/livez", "/readyz", "/openapi", NULL};
    str path = or_empty(json_str(json_get_path(spec, "nonResourceAttributes", "path", NULL)));
    json attributes = json_get(spec, STR("resourceAttributes"));
    str resource = or_empty(json_str(json_get(attributes, STR("resource"))));
    for (const char *const *p = paths; *p; p++)
        if (path.len > 0 && str_starts(path, str_from_c(*p)))
            return true;
    return str_starts(resource, STR("selfsubject"));
}

void handle_review(struct request *r, const struct auth_user *user)
{
    struct failure f = {0};
    struct shape_report report = {0};
    json review = json_absent();
    if (r->verb != VERB_CREATE) {
        (void)fail(&f, 405, "MethodNotAllowed",
                   "the server does not allow this method on the requested resource");
        answer_failure_take(r, &f);
        return;
    }
    if (!body_object(r, &report, &review, &f)) {
        answer_failure_take(r, &f);
        return;
    }
    if (r->kind->shape == SHAPE_SELF_SUBJECT_REVIEW) {
        edit_put(&review, user_info(user), "status", "userInfo", NULL);
    } else {
        bool allowed = auth_is_master(user) || allowed_to_all(json_get(review, STR("spec")));
        edit_put(&review, object_of("allowed", json_bool(allowed), NULL), "status", NULL);
    }
    answer_object(r, 201, review, NULL, 0);
    json_unref(review);
}
