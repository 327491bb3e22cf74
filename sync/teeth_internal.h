/* SPDX-License-Identifier: MIT */
/* Known bugs, for one test: tests/teeth_merge.c puts each in and sees whether
 * the merge simulator finds it. Only that test's own build of this room
 * (-DTAWAM_TEETH) can have them; everywhere else TEETH() is 0. */
#ifndef TAWAM_TEETH_INTERNAL_H
#define TAWAM_TEETH_INTERNAL_H

enum teeth {
    TEETH_NONE,
    UPDATE_OF_DELETED,   /* an update of a deleted row is dropped */
    CONFLICT_FORGOTTEN,  /* conflicts are forgotten by the next merge */
    FALSE_CONFLICT,      /* equal values are a conflict */
    WATERMARK_AHEAD,     /* applied is committed before the data */
    LAST_BY_CLOCK,       /* an earlier value is taken for seen */
    LOST_TOMBSTONE,      /* a delete leaves no mark */
    UNSTABLE_SORT,       /* equal times go by order of arrival */
    FIRST_PARENT_ONLY,   /* nothing is known of the second parent's past */
    AFFIRM_DROPPED,      /* an affirmed cell is not written */
    CAPTURE_ON,          /* what is applied counts as edited here */
    UNKNOWN_COLUMN,      /* a column that is not here is dropped */
    REVERT_NEWER,        /* revert undoes what was written since */
    FORK_UNNOTICED,      /* a cloned laptop goes on with its name */
    STALE_RTREE,         /* a merge does not move the R-tree */
    REF_TOO_EARLY,       /* a ref moves before the transaction */
    ROLLBACK_REMEMBERED, /* a rollback leaves numbers remembered */
    NO_ROW_ENTRY,        /* the row itself is not written by an affirm */
    HALF_REFUSED,        /* half of a refused commit stays */
    CONCURRENT_ORIGIN, /* a first value gives way to one that had not seen it */
    FRESH_NULL,        /* a new row's NULL is not remembered */
    WITHHELD_IS_SENT, /* nothing to send, where the remote withholds our line */
    PENDING_AFTER,    /* pending edits are recorded after a merge */
    OWN_CLOCK_ONLY,   /* logical time does not pass the parents' */
    ASIDE_LOST,       /* values of a deleted row are not kept */
    DELETE_WINS,      /* a delete beats what it had not seen */
    NO_TOUCH,         /* who touched a row is not remembered */
    OWN_PARENT_ONLY,  /* a commit names its own line alone as parent */
    NULL_UNSAID,      /* a row comes back without its NULLs */
    NO_RECHECK,       /* wider types ask no conflict again */
    REVERT_OF_OTHERS, /* revert removes a row that others wrote to */
    LINE_LET_GO,      /* what a remote lost is let go of here too */
    TEETH_COUNT
};

#ifdef TAWAM_TEETH
extern int teeth_bug; /* the one that is in */
#define TEETH(bug) (teeth_bug == (bug))
#else
#define TEETH(bug) 0
#endif

struct changeset;
struct sync_desk;
struct twin;
/* What some of them do; in the test. */
void teeth_drop_unknown(const struct changeset *c, struct twin *t);
void teeth_commit_between(struct twin *t);
void teeth_move_early(struct sync_desk *s, const char *id);

#endif
