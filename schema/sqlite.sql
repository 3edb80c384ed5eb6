-- A track's tables on SQLite, read back from freshly migrated databases.
-- Generated: `UPDATE=1 cargo test -p dipoli-store` rewrites it.

-- Content

CREATE TABLE "address_change" (
    "person_id" uuid_text NOT NULL PRIMARY KEY,
    "old_confirmed" boolean NOT NULL,
    "new_confirmed" boolean NOT NULL,
    "expires_at" timestamp_with_timezone_text NOT NULL,
    "sealed" blob NOT NULL,
    FOREIGN KEY ("person_id") REFERENCES "person" ("id")
);

CREATE TABLE "agenda_item" (
    "id" uuid_text NOT NULL PRIMARY KEY,
    "group_id" uuid_text NOT NULL,
    "session_id" uuid_text NOT NULL,
    "position" integer NOT NULL,
    "duration_minutes" integer NULL,
    "status" varchar NOT NULL,
    "attribution" varchar NOT NULL,
    "adopted_at" timestamp_with_timezone_text NULL,
    "proposed_by" uuid_text NULL,
    "lead" uuid_text NULL,
    "version" integer NOT NULL,
    "sealed" blob NOT NULL,
    "needs_silence" boolean NOT NULL DEFAULT FALSE,
    "by_word" boolean NOT NULL DEFAULT FALSE,
    "stands_later" boolean NOT NULL DEFAULT FALSE,
    FOREIGN KEY ("session_id") REFERENCES "session" ("id"),
    FOREIGN KEY ("proposed_by") REFERENCES "membership" ("id"),
    FOREIGN KEY ("lead") REFERENCES "membership" ("id")
);

CREATE INDEX "agenda_item_by_position" ON "agenda_item" ("session_id", "position");

CREATE TABLE "attempt" (
    "id" uuid_text NOT NULL PRIMARY KEY,
    "day" date_text NOT NULL,
    "sealed" blob NOT NULL
);

CREATE INDEX "attempt_day" ON "attempt" ("day");

CREATE TABLE "attendance" (
    "session_id" uuid_text NOT NULL PRIMARY KEY,
    "group_id" uuid_text NOT NULL,
    "sealed" blob NOT NULL,
    FOREIGN KEY ("session_id") REFERENCES "session" ("id")
);

CREATE INDEX "attendance_of_group" ON "attendance" ("group_id");

CREATE TABLE "attendee" (
    "id" uuid_text NOT NULL PRIMARY KEY,
    "session_id" uuid_text NOT NULL,
    "membership_id" uuid_text NOT NULL,
    "response" varchar NOT NULL,
    "mode" varchar NULL,
    "calendar_uid" uuid_text NOT NULL,
    CONSTRAINT "attendee_session_membership" UNIQUE ("session_id", "membership_id"),
    FOREIGN KEY ("session_id") REFERENCES "session" ("id"),
    FOREIGN KEY ("membership_id") REFERENCES "membership" ("id")
);

CREATE INDEX "attendee_membership" ON "attendee" ("membership_id");

CREATE TABLE "audit_chain" (
    "id" integer NOT NULL PRIMARY KEY,
    "sequence" integer NOT NULL,
    "digest" blob NOT NULL
);

CREATE TABLE "audit_checkpoint" (
    "sequence" integer NOT NULL PRIMARY KEY,
    "digest" blob NOT NULL,
    "key_id" varchar NOT NULL,
    "signature" blob NOT NULL
);

CREATE TABLE "audit_event" (
    "id" uuid_text NOT NULL PRIMARY KEY,
    "occurred_at" timestamp_with_timezone_text NOT NULL,
    "action" varchar NOT NULL,
    "actor_id" uuid_text NULL,
    "subject" text NULL,
    "mac" blob NOT NULL,
    "sequence" integer NULL,
    "digest" blob NULL,
    CONSTRAINT "audit_event_sequence" UNIQUE ("sequence")
);

CREATE TABLE "chatham_house_note" (
    "id" uuid_text NOT NULL PRIMARY KEY,
    "group_id" uuid_text NOT NULL,
    "session_id" uuid_text NOT NULL,
    "agenda_item_id" uuid_text NULL,
    "visibility" varchar NOT NULL,
    "delegation_id" uuid_text NULL,
    "released_at" timestamp_with_timezone_text NOT NULL,
    "edit_digest" blob NOT NULL,
    "withdrawn" boolean NOT NULL,
    "version" integer NOT NULL,
    "sealed" blob NOT NULL,
    FOREIGN KEY ("session_id") REFERENCES "session" ("id"),
    FOREIGN KEY ("agenda_item_id") REFERENCES "agenda_item" ("id"),
    FOREIGN KEY ("delegation_id") REFERENCES "delegation" ("id")
);

CREATE INDEX "chatham_house_note_of_item" ON "chatham_house_note" ("agenda_item_id", "id");

CREATE INDEX "chatham_house_note_of_session" ON "chatham_house_note" ("session_id", "id");

CREATE TABLE "correction" (
    "id" uuid_text NOT NULL PRIMARY KEY,
    "group_id" uuid_text NOT NULL,
    "record_id" uuid_text NOT NULL,
    "sealed" blob NOT NULL,
    FOREIGN KEY ("record_id") REFERENCES "session_record" ("id")
);

CREATE INDEX "correction_of_record" ON "correction" ("record_id");

CREATE TABLE "correspondent" (
    "person_id" uuid_text NOT NULL PRIMARY KEY,
    "feed_generation" integer NOT NULL,
    "refusals" integer NOT NULL,
    "sealed" blob NOT NULL,
    FOREIGN KEY ("person_id") REFERENCES "person" ("id")
);

CREATE TABLE "date_search" (
    "id" uuid_text NOT NULL PRIMARY KEY,
    "group_id" uuid_text NOT NULL,
    "status" varchar NOT NULL,
    "sealed" blob NOT NULL,
    FOREIGN KEY ("group_id") REFERENCES "working_group" ("id")
);

CREATE INDEX "date_search_by_group" ON "date_search" ("group_id");

CREATE TABLE "delegation" (
    "id" uuid_text NOT NULL PRIMARY KEY,
    "group_id" uuid_text NOT NULL,
    "name_mac" blob NOT NULL,
    "sealed" blob NOT NULL,
    CONSTRAINT "delegation_group_name" UNIQUE ("group_id", "name_mac"),
    FOREIGN KEY ("group_id") REFERENCES "working_group" ("id")
);

CREATE TABLE "digest" (
    "id" integer NOT NULL PRIMARY KEY,
    "told_until" timestamp_with_timezone_text NOT NULL
);

CREATE TABLE "idempotency" (
    "key_mac" blob NOT NULL PRIMARY KEY,
    "input_mac" blob NOT NULL,
    "result" text NOT NULL,
    "expires_at" timestamp_with_timezone_text NOT NULL
);

CREATE INDEX "idempotency_expiry" ON "idempotency" ("expires_at");

CREATE TABLE "interpretative_statement" (
    "id" uuid_text NOT NULL PRIMARY KEY,
    "group_id" uuid_text NOT NULL,
    "agenda_item_id" uuid_text NOT NULL,
    "sealed" blob NOT NULL,
    FOREIGN KEY ("agenda_item_id") REFERENCES "agenda_item" ("id")
);

CREATE INDEX "statement_of_item" ON "interpretative_statement" ("agenda_item_id");

CREATE TABLE "membership" (
    "id" uuid_text NOT NULL PRIMARY KEY,
    "group_id" uuid_text NOT NULL,
    "person_id" uuid_text NOT NULL,
    "role" varchar NOT NULL,
    "capacity" varchar NOT NULL,
    "delegation_id" uuid_text NULL,
    "seated_at" timestamp_with_timezone_text NULL,
    "left_on" date_text NULL,
    "awaits_sign_in" boolean NOT NULL,
    "reads_group_from" timestamp_with_timezone_text NULL,
    "reads_facilitators_from" timestamp_with_timezone_text NULL,
    "reads_delegation_from" timestamp_with_timezone_text NULL,
    "posts_from" timestamp_with_timezone_text NULL,
    "changed_on" date_text NOT NULL,
    "sealed" blob NULL,
    "mac" blob NULL,
    "sits_from" timestamp_with_timezone_text NULL,
    CONSTRAINT "membership_group_person" UNIQUE ("group_id", "person_id"),
    FOREIGN KEY ("group_id") REFERENCES "working_group" ("id"),
    FOREIGN KEY ("person_id") REFERENCES "person" ("id"),
    FOREIGN KEY ("delegation_id") REFERENCES "delegation" ("id")
);

CREATE INDEX "membership_person" ON "membership" ("person_id");

CREATE TABLE "note" (
    "id" uuid_text NOT NULL PRIMARY KEY,
    "group_id" uuid_text NOT NULL,
    "session_id" uuid_text NOT NULL,
    "agenda_item_id" uuid_text NULL,
    "visibility" varchar NOT NULL,
    "delegation_id" uuid_text NULL,
    "author_id" uuid_text NOT NULL,
    "posted_at" timestamp_with_timezone_text NOT NULL,
    "withdrawn" boolean NOT NULL,
    "version" integer NOT NULL,
    "sealed" blob NOT NULL,
    FOREIGN KEY ("session_id") REFERENCES "session" ("id"),
    FOREIGN KEY ("agenda_item_id") REFERENCES "agenda_item" ("id"),
    FOREIGN KEY ("delegation_id") REFERENCES "delegation" ("id"),
    FOREIGN KEY ("author_id") REFERENCES "membership" ("id")
);

CREATE INDEX "note_of_item" ON "note" ("agenda_item_id", "posted_at", "id");

CREATE INDEX "note_of_session" ON "note" ("session_id", "posted_at", "id");

CREATE TABLE "objection" (
    id uuid_text NOT NULL PRIMARY KEY,
    group_id uuid_text NOT NULL,
    silence_id uuid_text NOT NULL,
    sealed blob NOT NULL,
    FOREIGN KEY (silence_id) REFERENCES "silence_procedure" (id)
);

CREATE INDEX "objection_to_silence" ON "objection" ("silence_id");

CREATE TABLE "one_time_token" (
    "digest" blob NOT NULL PRIMARY KEY,
    "person_id" uuid_text NOT NULL,
    "kind" varchar NOT NULL,
    "expires_at" timestamp_with_timezone_text NOT NULL,
    "mac" blob NULL,
    FOREIGN KEY ("person_id") REFERENCES "person" ("id")
);

CREATE INDEX "one_time_token_person" ON "one_time_token" ("person_id");

CREATE TABLE "outbox" (
    "id" uuid_text NOT NULL PRIMARY KEY,
    "kind" varchar NOT NULL,
    "person_id" uuid_text NOT NULL,
    "session_id" uuid_text NULL,
    "sequence" integer NULL,
    "before_seconds" integer NULL,
    "own" boolean NOT NULL,
    "written_at" timestamp_with_timezone_text NOT NULL,
    "due_at" timestamp_with_timezone_text NOT NULL,
    "expires_at" timestamp_with_timezone_text NULL,
    "state" varchar NOT NULL,
    "attempts" integer NOT NULL,
    "claim" uuid_text NULL,
    "claimed_until" timestamp_with_timezone_text NULL,
    "uniqueness" blob NULL,
    "was_starts_at" timestamp_with_timezone_text NULL,
    "was_ends_at" timestamp_with_timezone_text NULL,
    "about_kind" varchar NULL,
    "failure" varchar NULL,
    "settled_at" timestamp_with_timezone_text NULL,
    "silence_id" uuid_text NULL,
    CONSTRAINT "outbox_uniqueness" UNIQUE ("uniqueness"),
    FOREIGN KEY ("person_id") REFERENCES "person" ("id"),
    FOREIGN KEY ("session_id") REFERENCES "session" ("id")
);

CREATE INDEX "outbox_due" ON "outbox" ("state", "due_at");

CREATE INDEX "outbox_person" ON "outbox" ("person_id", "kind");

CREATE INDEX "outbox_session" ON "outbox" ("session_id");

CREATE INDEX "outbox_silence" ON "outbox" ("silence_id");

CREATE TABLE "paraphrase" (
    "id" uuid_text NOT NULL PRIMARY KEY,
    "group_id" uuid_text NOT NULL,
    "note_mac" blob NOT NULL,
    "sealed" blob NOT NULL
);

CREATE INDEX "paraphrase_of_note" ON "paraphrase" ("note_mac");

CREATE TABLE "person" (
    "id" uuid_text NOT NULL PRIMARY KEY,
    "email_mac" blob NOT NULL,
    "standing" varchar NOT NULL,
    "is_administrator" boolean NOT NULL,
    "password_hash" text NULL,
    "links_generation" integer NOT NULL,
    "created_on" date_text NOT NULL,
    "sealed" blob NOT NULL,
    "mac" blob NULL,
    CONSTRAINT "person_email_mac" UNIQUE ("email_mac")
);

CREATE TABLE "personal_access_token" (
    "id" uuid_text NOT NULL PRIMARY KEY,
    "person_id" uuid_text NOT NULL,
    "digest" blob NOT NULL,
    "scopes" varchar NOT NULL,
    "group_id" uuid_text NULL,
    "created_on" date_text NOT NULL,
    "last_used_on" date_text NOT NULL,
    "expires_on" date_text NOT NULL,
    "sealed" blob NOT NULL,
    "mac" blob NULL,
    CONSTRAINT "personal_access_token_digest" UNIQUE ("digest"),
    FOREIGN KEY ("person_id") REFERENCES "person" ("id"),
    FOREIGN KEY ("group_id") REFERENCES "working_group" ("id")
);

CREATE INDEX "personal_access_token_person" ON "personal_access_token" ("person_id");

CREATE TABLE "receipt" (
    "record" blob NOT NULL PRIMARY KEY,
    "input_mac" blob NOT NULL,
    "salt" blob NOT NULL,
    "posted_on" date_text NOT NULL
);

CREATE TABLE "release" (
    "note_mac" blob NOT NULL PRIMARY KEY,
    "released_on" date_text NOT NULL
);

CREATE TABLE "reminder_rule" (
    "of_id" uuid_text NOT NULL PRIMARY KEY,
    "rule" text NOT NULL
);

CREATE TABLE "second_factor" (
    "id" uuid_text NOT NULL PRIMARY KEY,
    "person_id" uuid_text NOT NULL,
    "confirmed" boolean NOT NULL,
    "sealed" blob NOT NULL,
    CONSTRAINT "second_factor_person" UNIQUE ("person_id", "confirmed"),
    FOREIGN KEY ("person_id") REFERENCES "person" ("id")
);

CREATE TABLE "session" (
    "id" uuid_text NOT NULL PRIMARY KEY,
    "group_id" uuid_text NOT NULL,
    "status" varchar NOT NULL,
    "published" boolean NOT NULL,
    "starts_local" varchar NOT NULL,
    "ends_local" varchar NOT NULL,
    "time_zone" varchar NOT NULL,
    "starts_at" timestamp_with_timezone_text NOT NULL,
    "ends_at" timestamp_with_timezone_text NOT NULL,
    "attribution" varchar NOT NULL,
    "sequence" integer NOT NULL,
    "version" integer NOT NULL,
    "sealed" blob NOT NULL,
    "mac" blob NULL,
    FOREIGN KEY ("group_id") REFERENCES "working_group" ("id")
);

CREATE INDEX "session_by_start" ON "session" ("group_id", "starts_at", "id");

CREATE TABLE "session_change" (
    "session_id" uuid_text NOT NULL PRIMARY KEY,
    "changed_at" timestamp_with_timezone_text NOT NULL,
    FOREIGN KEY ("session_id") REFERENCES "session" ("id")
);

CREATE TABLE "session_record" (
    "id" uuid_text NOT NULL PRIMARY KEY,
    "group_id" uuid_text NOT NULL,
    "session_id" uuid_text NOT NULL,
    "status" varchar NOT NULL,
    "issued_at" timestamp_with_timezone_text NULL,
    "version" integer NOT NULL,
    "sealed" blob NOT NULL,
    FOREIGN KEY ("session_id") REFERENCES "session" ("id")
);

CREATE UNIQUE INDEX "record_of_session" ON "session_record" ("session_id");

CREATE TABLE "sign_in" (
    "id" uuid_text NOT NULL PRIMARY KEY,
    "person_id" uuid_text NOT NULL,
    "current_digest" blob NOT NULL,
    "rotation" blob NOT NULL,
    "created_on" date_text NOT NULL,
    "last_used_on" date_text NOT NULL,
    "expires_on" date_text NOT NULL,
    "ended" boolean NOT NULL,
    "mac" blob NULL,
    CONSTRAINT "sign_in_current_digest" UNIQUE ("current_digest"),
    FOREIGN KEY ("person_id") REFERENCES "person" ("id")
);

CREATE INDEX "sign_in_person" ON "sign_in" ("person_id");

CREATE TABLE "silence_procedure" (
    id uuid_text NOT NULL PRIMARY KEY,
    group_id uuid_text NOT NULL,
    session_id uuid_text NOT NULL,
    agenda_item_id uuid_text,
    record_id uuid_text,
    status varchar NOT NULL,
    opened_at timestamp_with_timezone_text NOT NULL,
    deadline timestamp_with_timezone_text NOT NULL,
    moved boolean NOT NULL,
    watched_at timestamp_with_timezone_text NOT NULL,
    ended_at timestamp_with_timezone_text,
    sealed blob NOT NULL,
    mac blob NOT NULL,
    FOREIGN KEY (agenda_item_id) REFERENCES agenda_item (id),
    FOREIGN KEY (record_id) REFERENCES session_record (id)
);

CREATE INDEX "silence_of_item" ON "silence_procedure" ("agenda_item_id");

CREATE INDEX "silence_of_record" ON "silence_procedure" ("record_id");

CREATE UNIQUE INDEX "silence_open" ON "silence_procedure" ("agenda_item_id") WHERE "status" = 'open';

CREATE UNIQUE INDEX "silence_open_record" ON "silence_procedure" ("record_id") WHERE "status" = 'open';

CREATE TABLE "spent_refresh_token" (
    "digest" blob NOT NULL PRIMARY KEY,
    "sign_in_id" uuid_text NOT NULL,
    "expires_on" date_text NOT NULL,
    FOREIGN KEY ("sign_in_id") REFERENCES "sign_in" ("id") ON DELETE CASCADE
);

CREATE INDEX "spent_refresh_token_sign_in" ON "spent_refresh_token" ("sign_in_id");

CREATE TABLE "staged_note" (
    "id" uuid_text NOT NULL PRIMARY KEY,
    "group_id" uuid_text NOT NULL,
    "due_at" timestamp_with_timezone_text NOT NULL,
    "sealed" blob NOT NULL
);

CREATE TABLE "track" (
    "identity" uuid_text NOT NULL PRIMARY KEY,
    "created_on" date_text NOT NULL
);

CREATE TABLE "working_group" (
    "id" uuid_text NOT NULL PRIMARY KEY,
    "slug_mac" blob NOT NULL,
    "time_zone" varchar NOT NULL,
    "default_attribution" varchar NOT NULL,
    "convened_on" date_text NOT NULL,
    "version" integer NOT NULL,
    "sealed" blob NOT NULL,
    "mac" blob NULL,
    CONSTRAINT "working_group_slug_mac" UNIQUE ("slug_mac")
);

-- Key store

CREATE TABLE "audit_head" (
    "id" integer NOT NULL PRIMARY KEY,
    "sequence" integer NOT NULL,
    "digest" blob NOT NULL,
    "key_id" varchar NOT NULL,
    "signature" blob NOT NULL
);

CREATE TABLE "key_store" (
    "identity" uuid_text NOT NULL PRIMARY KEY,
    "created_on" date_text NOT NULL
);

CREATE TABLE "macs_given" (
    "id" integer NOT NULL PRIMARY KEY,
    "given_on" date_text NOT NULL
);

CREATE TABLE "signing_key" (
    "kid" varchar NOT NULL PRIMARY KEY,
    "purpose" varchar NOT NULL,
    "state" varchar NOT NULL,
    "public" blob NOT NULL,
    "wrapped" blob NOT NULL,
    "created_on" date_text NOT NULL,
    "state_since" timestamp_with_timezone_text NULL
);

CREATE TABLE "wrapped_key" (
    "id" uuid_text NOT NULL PRIMARY KEY,
    "group_id" uuid_text NULL,
    "purpose" varchar NOT NULL,
    "state" varchar NOT NULL,
    "wrapped" blob NOT NULL,
    "created_on" date_text NOT NULL,
    "state_since" timestamp_with_timezone_text NULL
);

CREATE INDEX "wrapped_key_group" ON "wrapped_key" ("group_id");
