/* The thread `files`: it may wait for the disk and decode large texts, which nobody else may.
 *
 * Each piece of work holds its task and the clock until it is done, so that skipped time does not
 * pass over it. */
#include "s3_private.h"

struct job {
    struct queue_link link; /* first */
    struct task *task;
    s3_work *work;
    str text; /* str_free; ptr NULL: none */
};

struct s3_files {
    struct queue queue;
    struct clock *clock;
    pthread_mutex_t lock; /* guards the two below */
    bool started;         /* the thread: with the first piece of work */
    pthread_t thread;
};

static void *files_main(void *arg)
{
    struct s3_files *f = arg;
    struct job *j;
    while ((j = (struct job *)(void *)queue_pop(&f->queue, -1))) {
        if (!task_is_cancelled(j->task))
            j->work(j->task, j->text);
        str_free(j->text);
        task_unref(j->task);
        mem_free(j);
        clock_release(f->clock);
    }
    return NULL;
}

struct s3_files *s3_files_new(struct clock *clock)
{
    struct s3_files *f = mem_new(sizeof *f);
    f->clock = clock;
    queue_init(&f->queue);
    lock_init(&f->lock);
    return f;
}

void s3_files_free(struct s3_files *f)
{
    if (!f)
        return;
    queue_close(&f->queue);
    if (f->started)
        (void)pthread_join(f->thread, NULL); // it was started, and nobody else joins it
    queue_release(&f->queue);
    lock_release(&f->lock);
    mem_free(f);
}

static bool is_running(struct s3_files *f, struct err *err)
{
    lock_take(&f->lock);
    f->started = f->started || thread_start(&f->thread, THREAD_FILES, files_main, f, err);
    bool running = f->started;
    lock_give(&f->lock);
    return running;
}

void s3_files_do(struct task *t, s3_work *work, str text_taken)
{
    struct s3_files *f = task_services_of(t)->s3.files;
    struct err err = ERR_INIT;
    struct job *j = mem_new(sizeof *j);
    *j = (struct job){.task = task_ref(t), .work = work, .text = text_taken};
    clock_hold(f->clock);
    if (is_running(f, &err) && queue_push_take(&f->queue, &j->link))
        return;
    clock_release(f->clock);
    if (!err_is_set(&err))
        (void)err_set(&err, ERR_SYSTEM, "the server is stopping");
    s3_fail_with(t, &err);
    str_free(text_taken);
    task_unref(t);
    mem_free(j);
}
