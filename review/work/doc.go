// Package work keeps what a person is to do on each ticket: one row a ticket,
// the only thing that queue, tabs, counts, ticket page, Slack's Home tab, its
// commands and its cards go by. It does not decide anything: package review
// decides on drafts, tracking takes messages in, and both are read here.
//
// A row is never edited towards its next state. It is derived from what is
// stored of the ticket (messages, status, outcome, drafts, decisions, snooze) by
// one pure function, facts.machine, each time something is said to have happened:
// by the event's handler, and by Decide in its own transaction. So events may come
// twice, late or in any order, and Recount finds every row as it stands.
//
// # The machine
//
// A question is everything the customer wrote since the last answer. The newest
// public message of the customer that is more than courtesy, by (at, received_at, id),
// stands for it, and the newest draft for a message of that question is the draft.
//
//	               ┌──────────────── the customer writes (again) ◀───────────────┐
//	               ▼                                                             │
//	   ┌──── to write ◀── abstained, rejected, handed off, out of date ──┐       │
//	   │  (no draft: being drafted, paused, control arm, failed)        │       │
//	   │           │ draft proposed                                     │       │
//	   │           ▼                                                    │       │
//	   │       to review ──────────── claim ─────────▶ claimed ─────────┤       │
//	   │           ▲  ▲                                │  │ release     │       │
//	   │           │  └────────────────────────────────│──┘             │       │
//	   │           │ the desk gave it back, undo       │                │       │
//	   │           └──────────── on its way ◀─ approve, edit ───────────┘       │
//	   │                             │ the desk has it                          │
//	   │ replied at the desk         ▼                                          │
//	   ├──────────────────────▶ done, or waiting for the customer ──────────────┤
//	   │ resolved at the desk        ▲  (answered, and the desk says pending)    │
//	   └─────────────────────────────┘                                          │
//	to review, to write, claimed ─ snooze ─▶ snoozed ─ its time comes, unsnooze ┘
//
// Rules, in the order they are asked (facts.machine):
//
//  1. no customer message: done, nothing to do
//  2. approved, and no reply of ours in the thread: on its way
//  3. a reply of ours or of somebody at the desk after the newest customer
//     message: waiting if the desk says pending, else done
//  4. solved at the desk after it: done
//  5. it asks nothing (a rule skipped it, a person said that no reply is needed)
//     and no draft stands: done
//  6. snoozed, and its time has not come, and no newer customer message: snoozed
//  7. its draft is claimed: claimed; open or came back: to review
//  8. else: to write
package work
