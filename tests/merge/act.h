/* SPDX-License-Identifier: MIT */
/* What the files of the operations offer one another; R's clock is set. */
#ifndef TAWAM_TESTS_MERGE_ACT_H
#define TAWAM_TESTS_MERGE_ACT_H

#include "tests/merge/sim.h"

/* ---- account.c ---- */
/* The row's number; a row not seen yet gets one. */
int act_row_of(int64_t fid);
/* The view shows what the program shows. */
void act_take_over(sim_replica *r);
/* COMMIT claims to have seen no more than its writer had, and all that
 * matters to its rows. From then on its word counts. */
void act_check_claims(int commit);

/* ---- act_edit.c ---- */
int act_has_row(const sim_replica *r, int row);
sim_value act_typed_value(int value, twin_type type);
void act_add(sim_replica *r, int row, int value);
void act_set_one(sim_replica *r, int row, int column, int value);
void act_set_some(sim_replica *r, const sim_op *op, int count);
void act_set_point(sim_replica *r, int row, int x, int y);
void act_delete_row(sim_replica *r, int row);
void act_new_form(sim_replica *r, int column, twin_type type);
void act_undo(sim_replica *r, int redo);
void act_import(sim_replica *r, const sim_op *op);
void act_settle(sim_replica *r, const sim_op *op);

/* ---- act_meet.c ---- */
void act_revert(sim_replica *r, int back);       /* the BACKth newest commit */
int act_meet(sim_replica *r, const sim_plan *p); /* 1 when it went through */
/* A sync in a child that is gone at its ATth write. */
void act_crash(sim_replica *r, int remote, int at);
/* A sync whose Nth COMMIT fails, or from 4 on, which is interrupted once. */
void act_full(sim_replica *r, int remote, int n);

/* ---- act_stranger.c ---- */
void act_bad(sim_replica *r, int kind);
void act_craft(sim_replica *r, const sim_op *op);
void act_write_main(sim_replica *r);

#endif
