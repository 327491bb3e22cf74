/* SPDX-License-Identifier: MIT */
/* Operations done to the world by the program's own calls, and to the view by
 * the model's rules. Where the program decides what is written (undo, revert,
 * import) the view takes over what it then shows, and the rules that it must
 * keep are checked. */
#include "tests/merge/act.h"

#include <stdlib.h>

/* ---- all ---- */

static void act_on_row(sim_replica *r, const sim_op *op)
{
    if (!act_has_row(r, op->a[1]))
        return;
    switch (op->verb) {
    case SIM_SET:
        act_set_one(r, op->a[1], op->a[2], op->a[3]);
        break;
    case SIM_SET2:
        act_set_some(r, op, 2);
        break;
    case SIM_SET3:
        act_set_some(r, op, 3);
        break;
    case SIM_GEOM:
        act_set_point(r, op->a[1], op->a[2], op->a[3]);
        break;
    default:
        act_delete_row(r, op->a[1]);
        break;
    }
}

static void act_on_edits(sim_replica *r, const sim_op *op)
{
    switch (op->verb) {
    case SIM_ADD:
        act_add(r, op->a[1], op->a[2]);
        break;
    case SIM_FORM:
        act_new_form(r, op->a[1], sim_type(op->a[2]));
        break;
    case SIM_UNDO:
        act_undo(r, 0);
        break;
    case SIM_REDO:
        act_undo(r, 1);
        break;
    case SIM_IMPORT:
        act_import(r, op);
        break;
    case SIM_SETTLE:
        act_settle(r, op);
        break;
    default:
        act_on_row(r, op);
        break;
    }
    sim_check_view(r);
}

static void record(sim_replica *r)
{
    char id[SYNC_ID_SIZE];
    SIM_MUST(sync_record(id, NULL, r->s, NULL));
    sim_account(r, 0);
    if (sim_pending(&r->view))
        sim_fail("recorded, but edits are still pending");
}

static void act_on_folder(sim_replica *r, const sim_op *op)
{
    int copy;
    switch (op->verb) {
    case SIM_SAVE:
        sim_save(r);
        break;
    case SIM_RESTORE:
        sim_restore(r, op->a[1]);
        break;
    case SIM_CLONE:
        copy = sim_clone(r);
        if (copy >= 0)
            sim_account(&sim->replicas[copy], 0);
        break;
    default:
        sim_close(r);
        sim_open(r);
        break;
    }
    sim_account(r, 0);
}

static void act_on_replica(sim_replica *r, const sim_op *op)
{
    sim_plan plan = {op->a[1], op->a[2], op->a[3], op->a[4], op->a[5]};
    sim_set_clock(r);
    switch (op->verb) {
    case SIM_REVERT:
        act_revert(r, op->a[1]);
        sim_account(r, 0);
        break;
    case SIM_RECORD:
        record(r);
        break;
    case SIM_SYNC:
        act_meet(r, &plan);
        break;
    case SIM_CRASH:
        act_crash(r, op->a[1], op->a[2]);
        break;
    case SIM_FULL:
        act_full(r, op->a[1], op->a[2]);
        break;
    case SIM_BAD:
        act_bad(r, op->a[1]);
        break;
    case SIM_CRAFT:
        act_craft(r, op);
        break;
    case SIM_MAIN:
        if (r == sim->replicas)
            act_write_main(r);
        break;
    case SIM_SAVE:
    case SIM_RESTORE:
    case SIM_CLONE:
    case SIM_REOPEN:
        act_on_folder(r, op);
        break;
    default:
        act_on_edits(r, op);
        break;
    }
}

void sim_act(const sim_op *op)
{
    sim->now += 300;
    if (op->verb == SIM_WAIT) {
        sim->now += 1000 * (int64_t)abs(op->a[0]);
    } else if (op->verb == SIM_DELIVER) {
        sim_wire_deliver(abs(op->a[0]), op->a[1]);
    } else if (op->verb == SIM_BACKUP) {
        sim_wire_back_up(op->a[1]);
    } else if (op->verb == SIM_COMEBACK) {
        sim_wire_come_back(op->a[1]);
    } else if (op->a[0] < sim->replica_count) {
        sim_replica *r = &sim->replicas[op->a[0]];
        if (op->verb == SIM_CLOCK)
            r->clock = (int64_t)op->a[1] * 86400000;
        else
            act_on_replica(r, op);
    }
}
