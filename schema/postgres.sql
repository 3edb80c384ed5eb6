-- A track's tables on PostgreSQL, read back from freshly migrated databases.
-- Generated: `UPDATE=1 cargo test -p dipoli-store` rewrites it.

-- Content

CREATE TABLE address_change (
    person_id uuid NOT NULL,
    old_confirmed boolean NOT NULL,
    new_confirmed boolean NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    sealed bytea NOT NULL,
    CONSTRAINT address_change_pkey PRIMARY KEY (person_id),
    CONSTRAINT address_change_of_person FOREIGN KEY (person_id) REFERENCES person(id)
);

CREATE TABLE agenda_item (
    id uuid NOT NULL,
    group_id uuid NOT NULL,
    session_id uuid NOT NULL,
    position integer NOT NULL,
    duration_minutes integer,
    status character varying NOT NULL,
    attribution character varying NOT NULL,
    adopted_at timestamp with time zone,
    proposed_by uuid,
    lead uuid,
    version integer NOT NULL,
    sealed bytea NOT NULL,
    needs_silence boolean NOT NULL,
    by_word boolean NOT NULL,
    stands_later boolean NOT NULL,
    CONSTRAINT agenda_item_pkey PRIMARY KEY (id),
    CONSTRAINT agenda_item_by_membership FOREIGN KEY (proposed_by) REFERENCES membership(id),
    CONSTRAINT agenda_item_led_by FOREIGN KEY (lead) REFERENCES membership(id),
    CONSTRAINT agenda_item_of_session FOREIGN KEY (session_id) REFERENCES session(id)
);

CREATE INDEX agenda_item_by_position ON public.agenda_item USING btree (session_id, "position");

CREATE TABLE attempt (
    id uuid NOT NULL,
    day date NOT NULL,
    sealed bytea NOT NULL,
    CONSTRAINT attempt_pkey PRIMARY KEY (id)
);

CREATE INDEX attempt_day ON public.attempt USING btree (day);

CREATE TABLE attendance (
    session_id uuid NOT NULL,
    group_id uuid NOT NULL,
    sealed bytea NOT NULL,
    CONSTRAINT attendance_pkey PRIMARY KEY (session_id),
    CONSTRAINT attendance_of_session FOREIGN KEY (session_id) REFERENCES session(id)
);

CREATE INDEX attendance_of_group ON public.attendance USING btree (group_id);

CREATE TABLE attendee (
    id uuid NOT NULL,
    session_id uuid NOT NULL,
    membership_id uuid NOT NULL,
    response character varying NOT NULL,
    mode character varying,
    calendar_uid uuid NOT NULL,
    CONSTRAINT attendee_pkey PRIMARY KEY (id),
    CONSTRAINT attendee_session_membership UNIQUE (session_id, membership_id),
    CONSTRAINT attendee_of_membership FOREIGN KEY (membership_id) REFERENCES membership(id),
    CONSTRAINT attendee_of_session FOREIGN KEY (session_id) REFERENCES session(id)
);

CREATE INDEX attendee_membership ON public.attendee USING btree (membership_id);

CREATE TABLE audit_chain (
    id integer NOT NULL,
    sequence bigint NOT NULL,
    digest bytea NOT NULL,
    CONSTRAINT audit_chain_pkey PRIMARY KEY (id)
);

CREATE TABLE audit_checkpoint (
    sequence bigint NOT NULL,
    digest bytea NOT NULL,
    key_id character varying NOT NULL,
    signature bytea NOT NULL,
    CONSTRAINT audit_checkpoint_pkey PRIMARY KEY (sequence)
);

CREATE TABLE audit_event (
    id uuid NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    action character varying NOT NULL,
    actor_id uuid,
    subject text,
    mac bytea NOT NULL,
    sequence bigint,
    digest bytea,
    CONSTRAINT audit_event_pkey PRIMARY KEY (id),
    CONSTRAINT audit_event_sequence UNIQUE (sequence)
);

CREATE TABLE chatham_house_note (
    id uuid NOT NULL,
    group_id uuid NOT NULL,
    session_id uuid NOT NULL,
    agenda_item_id uuid,
    visibility character varying NOT NULL,
    delegation_id uuid,
    released_at timestamp with time zone NOT NULL,
    edit_digest bytea NOT NULL,
    withdrawn boolean NOT NULL,
    version integer NOT NULL,
    sealed bytea NOT NULL,
    CONSTRAINT chatham_house_note_pkey PRIMARY KEY (id),
    CONSTRAINT chatham_house_note_for_delegation FOREIGN KEY (delegation_id) REFERENCES delegation(id),
    CONSTRAINT chatham_house_note_on_agenda_item FOREIGN KEY (agenda_item_id) REFERENCES agenda_item(id),
    CONSTRAINT chatham_house_note_on_session FOREIGN KEY (session_id) REFERENCES session(id)
);

CREATE INDEX chatham_house_note_of_item ON public.chatham_house_note USING btree (agenda_item_id, id);

CREATE INDEX chatham_house_note_of_session ON public.chatham_house_note USING btree (session_id, id);

CREATE TABLE correction (
    id uuid NOT NULL,
    group_id uuid NOT NULL,
    record_id uuid NOT NULL,
    sealed bytea NOT NULL,
    CONSTRAINT correction_pkey PRIMARY KEY (id),
    CONSTRAINT correction_on_record FOREIGN KEY (record_id) REFERENCES session_record(id)
);

CREATE INDEX correction_of_record ON public.correction USING btree (record_id);

CREATE TABLE correspondent (
    person_id uuid NOT NULL,
    feed_generation integer NOT NULL,
    refusals integer NOT NULL,
    sealed bytea NOT NULL,
    CONSTRAINT correspondent_pkey PRIMARY KEY (person_id),
    CONSTRAINT correspondent_is_person FOREIGN KEY (person_id) REFERENCES person(id)
);

CREATE TABLE date_search (
    id uuid NOT NULL,
    group_id uuid NOT NULL,
    status character varying NOT NULL,
    sealed bytea NOT NULL,
    CONSTRAINT date_search_pkey PRIMARY KEY (id),
    CONSTRAINT date_search_of_group FOREIGN KEY (group_id) REFERENCES working_group(id)
);

CREATE INDEX date_search_by_group ON public.date_search USING btree (group_id);

CREATE TABLE delegation (
    id uuid NOT NULL,
    group_id uuid NOT NULL,
    name_mac bytea NOT NULL,
    sealed bytea NOT NULL,
    CONSTRAINT delegation_group_name UNIQUE (group_id, name_mac),
    CONSTRAINT delegation_pkey PRIMARY KEY (id),
    CONSTRAINT delegation_of_group FOREIGN KEY (group_id) REFERENCES working_group(id)
);

CREATE TABLE digest (
    id integer NOT NULL,
    told_until timestamp with time zone NOT NULL,
    CONSTRAINT digest_pkey PRIMARY KEY (id)
);

CREATE TABLE idempotency (
    key_mac bytea NOT NULL,
    input_mac bytea NOT NULL,
    result text NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT idempotency_pkey PRIMARY KEY (key_mac)
);

CREATE INDEX idempotency_expiry ON public.idempotency USING btree (expires_at);

CREATE TABLE interpretative_statement (
    id uuid NOT NULL,
    group_id uuid NOT NULL,
    agenda_item_id uuid NOT NULL,
    sealed bytea NOT NULL,
    CONSTRAINT interpretative_statement_pkey PRIMARY KEY (id),
    CONSTRAINT statement_on_item FOREIGN KEY (agenda_item_id) REFERENCES agenda_item(id)
);

CREATE INDEX statement_of_item ON public.interpretative_statement USING btree (agenda_item_id);

CREATE TABLE membership (
    id uuid NOT NULL,
    group_id uuid NOT NULL,
    person_id uuid NOT NULL,
    role character varying NOT NULL,
    capacity character varying NOT NULL,
    delegation_id uuid,
    seated_at timestamp with time zone,
    left_on date,
    awaits_sign_in boolean NOT NULL,
    reads_group_from timestamp with time zone,
    reads_facilitators_from timestamp with time zone,
    reads_delegation_from timestamp with time zone,
    posts_from timestamp with time zone,
    changed_on date NOT NULL,
    sealed bytea,
    mac bytea,
    sits_from timestamp with time zone,
    CONSTRAINT membership_group_person UNIQUE (group_id, person_id),
    CONSTRAINT membership_pkey PRIMARY KEY (id),
    CONSTRAINT membership_for_delegation FOREIGN KEY (delegation_id) REFERENCES delegation(id),
    CONSTRAINT membership_of_group FOREIGN KEY (group_id) REFERENCES working_group(id),
    CONSTRAINT membership_of_person FOREIGN KEY (person_id) REFERENCES person(id)
);

CREATE INDEX membership_person ON public.membership USING btree (person_id);

CREATE TABLE note (
    id uuid NOT NULL,
    group_id uuid NOT NULL,
    session_id uuid NOT NULL,
    agenda_item_id uuid,
    visibility character varying NOT NULL,
    delegation_id uuid,
    author_id uuid NOT NULL,
    posted_at timestamp with time zone NOT NULL,
    withdrawn boolean NOT NULL,
    version integer NOT NULL,
    sealed bytea NOT NULL,
    CONSTRAINT note_pkey PRIMARY KEY (id),
    CONSTRAINT note_by_author FOREIGN KEY (author_id) REFERENCES membership(id),
    CONSTRAINT note_for_delegation FOREIGN KEY (delegation_id) REFERENCES delegation(id),
    CONSTRAINT note_on_agenda_item FOREIGN KEY (agenda_item_id) REFERENCES agenda_item(id),
    CONSTRAINT note_on_session FOREIGN KEY (session_id) REFERENCES session(id)
);

CREATE INDEX note_of_item ON public.note USING btree (agenda_item_id, posted_at, id);

CREATE INDEX note_of_session ON public.note USING btree (session_id, posted_at, id);

CREATE TABLE objection (
    id uuid NOT NULL,
    group_id uuid NOT NULL,
    silence_id uuid NOT NULL,
    sealed bytea NOT NULL,
    CONSTRAINT objection_pkey PRIMARY KEY (id),
    CONSTRAINT objection_to_silence FOREIGN KEY (silence_id) REFERENCES silence_procedure(id)
);

CREATE TABLE one_time_token (
    digest bytea NOT NULL,
    person_id uuid NOT NULL,
    kind character varying NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    mac bytea,
    CONSTRAINT one_time_token_pkey PRIMARY KEY (digest),
    CONSTRAINT one_time_token_of_person FOREIGN KEY (person_id) REFERENCES person(id)
);

CREATE INDEX one_time_token_person ON public.one_time_token USING btree (person_id);

CREATE TABLE outbox (
    id uuid NOT NULL,
    kind character varying NOT NULL,
    person_id uuid NOT NULL,
    session_id uuid,
    sequence integer,
    before_seconds bigint,
    own boolean NOT NULL,
    written_at timestamp with time zone NOT NULL,
    due_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone,
    state character varying NOT NULL,
    attempts integer NOT NULL,
    claim uuid,
    claimed_until timestamp with time zone,
    uniqueness bytea,
    was_starts_at timestamp with time zone,
    was_ends_at timestamp with time zone,
    about_kind character varying,
    failure character varying,
    settled_at timestamp with time zone,
    silence_id uuid,
    CONSTRAINT outbox_pkey PRIMARY KEY (id),
    CONSTRAINT outbox_uniqueness UNIQUE (uniqueness),
    CONSTRAINT outbox_about_session FOREIGN KEY (session_id) REFERENCES session(id),
    CONSTRAINT outbox_to_person FOREIGN KEY (person_id) REFERENCES person(id)
);

CREATE INDEX outbox_due ON public.outbox USING btree (state, due_at);

CREATE INDEX outbox_person ON public.outbox USING btree (person_id, kind);

CREATE INDEX outbox_session ON public.outbox USING btree (session_id);

CREATE INDEX outbox_silence ON public.outbox USING btree (silence_id);

CREATE TABLE paraphrase (
    id uuid NOT NULL,
    group_id uuid NOT NULL,
    note_mac bytea NOT NULL,
    sealed bytea NOT NULL,
    CONSTRAINT paraphrase_pkey PRIMARY KEY (id)
);

CREATE INDEX paraphrase_of_note ON public.paraphrase USING btree (note_mac);

CREATE TABLE person (
    id uuid NOT NULL,
    email_mac bytea NOT NULL,
    standing character varying NOT NULL,
    is_administrator boolean NOT NULL,
    password_hash text,
    links_generation integer NOT NULL,
    created_on date NOT NULL,
    sealed bytea NOT NULL,
    mac bytea,
    CONSTRAINT person_email_mac UNIQUE (email_mac),
    CONSTRAINT person_pkey PRIMARY KEY (id)
);

CREATE TABLE personal_access_token (
    id uuid NOT NULL,
    person_id uuid NOT NULL,
    digest bytea NOT NULL,
    scopes character varying NOT NULL,
    group_id uuid,
    created_on date NOT NULL,
    last_used_on date NOT NULL,
    expires_on date NOT NULL,
    sealed bytea NOT NULL,
    mac bytea,
    CONSTRAINT personal_access_token_digest UNIQUE (digest),
    CONSTRAINT personal_access_token_pkey PRIMARY KEY (id),
    CONSTRAINT personal_access_token_for_group FOREIGN KEY (group_id) REFERENCES working_group(id),
    CONSTRAINT personal_access_token_of_person FOREIGN KEY (person_id) REFERENCES person(id)
);

CREATE INDEX personal_access_token_person ON public.personal_access_token USING btree (person_id);

CREATE TABLE receipt (
    record bytea NOT NULL,
    input_mac bytea NOT NULL,
    salt bytea NOT NULL,
    posted_on date NOT NULL,
    CONSTRAINT receipt_pkey PRIMARY KEY (record)
);

CREATE TABLE release (
    note_mac bytea NOT NULL,
    released_on date NOT NULL,
    CONSTRAINT release_pkey PRIMARY KEY (note_mac)
);

CREATE TABLE reminder_rule (
    of_id uuid NOT NULL,
    rule text NOT NULL,
    CONSTRAINT reminder_rule_pkey PRIMARY KEY (of_id)
);

CREATE TABLE second_factor (
    id uuid NOT NULL,
    person_id uuid NOT NULL,
    confirmed boolean NOT NULL,
    sealed bytea NOT NULL,
    CONSTRAINT second_factor_person UNIQUE (person_id, confirmed),
    CONSTRAINT second_factor_pkey PRIMARY KEY (id),
    CONSTRAINT second_factor_of_person FOREIGN KEY (person_id) REFERENCES person(id)
);

CREATE TABLE session (
    id uuid NOT NULL,
    group_id uuid NOT NULL,
    status character varying NOT NULL,
    published boolean NOT NULL,
    starts_local character varying NOT NULL,
    ends_local character varying NOT NULL,
    time_zone character varying NOT NULL,
    starts_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    attribution character varying NOT NULL,
    sequence integer NOT NULL,
    version integer NOT NULL,
    sealed bytea NOT NULL,
    mac bytea,
    CONSTRAINT session_pkey PRIMARY KEY (id),
    CONSTRAINT session_of_group FOREIGN KEY (group_id) REFERENCES working_group(id)
);

CREATE INDEX session_by_start ON public.session USING btree (group_id, starts_at, id);

CREATE TABLE session_change (
    session_id uuid NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    CONSTRAINT session_change_pkey PRIMARY KEY (session_id),
    CONSTRAINT session_change_of_session FOREIGN KEY (session_id) REFERENCES session(id)
);

CREATE TABLE session_record (
    id uuid NOT NULL,
    group_id uuid NOT NULL,
    session_id uuid NOT NULL,
    status character varying NOT NULL,
    issued_at timestamp with time zone,
    version integer NOT NULL,
    sealed bytea NOT NULL,
    CONSTRAINT session_record_pkey PRIMARY KEY (id),
    CONSTRAINT record_on_session FOREIGN KEY (session_id) REFERENCES session(id)
);

CREATE UNIQUE INDEX record_of_session ON public.session_record USING btree (session_id);

CREATE TABLE sign_in (
    id uuid NOT NULL,
    person_id uuid NOT NULL,
    current_digest bytea NOT NULL,
    rotation bytea NOT NULL,
    created_on date NOT NULL,
    last_used_on date NOT NULL,
    expires_on date NOT NULL,
    ended boolean NOT NULL,
    mac bytea,
    CONSTRAINT sign_in_current_digest UNIQUE (current_digest),
    CONSTRAINT sign_in_pkey PRIMARY KEY (id),
    CONSTRAINT sign_in_of_person FOREIGN KEY (person_id) REFERENCES person(id)
);

CREATE INDEX sign_in_person ON public.sign_in USING btree (person_id);

CREATE TABLE silence_procedure (
    id uuid NOT NULL,
    group_id uuid NOT NULL,
    session_id uuid NOT NULL,
    agenda_item_id uuid,
    status character varying NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    deadline timestamp with time zone NOT NULL,
    moved boolean NOT NULL,
    watched_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    sealed bytea NOT NULL,
    mac bytea NOT NULL,
    record_id uuid,
    CONSTRAINT silence_procedure_pkey PRIMARY KEY (id),
    CONSTRAINT silence_on_item FOREIGN KEY (agenda_item_id) REFERENCES agenda_item(id),
    CONSTRAINT silence_on_record FOREIGN KEY (record_id) REFERENCES session_record(id)
);

CREATE INDEX silence_of_item ON public.silence_procedure USING btree (agenda_item_id);

CREATE INDEX silence_of_record ON public.silence_procedure USING btree (record_id);

CREATE UNIQUE INDEX silence_open ON public.silence_procedure USING btree (agenda_item_id) WHERE ((status)::text = 'open'::text);

CREATE UNIQUE INDEX silence_open_record ON public.silence_procedure USING btree (record_id) WHERE ((status)::text = 'open'::text);

CREATE TABLE spent_refresh_token (
    digest bytea NOT NULL,
    sign_in_id uuid NOT NULL,
    expires_on date NOT NULL,
    CONSTRAINT spent_refresh_token_pkey PRIMARY KEY (digest),
    CONSTRAINT spent_refresh_token_of_sign_in FOREIGN KEY (sign_in_id) REFERENCES sign_in(id) ON DELETE CASCADE
);

CREATE INDEX spent_refresh_token_sign_in ON public.spent_refresh_token USING btree (sign_in_id);

CREATE TABLE staged_note (
    id uuid NOT NULL,
    group_id uuid NOT NULL,
    due_at timestamp with time zone NOT NULL,
    sealed bytea NOT NULL,
    CONSTRAINT staged_note_pkey PRIMARY KEY (id)
);

CREATE TABLE track (
    identity uuid NOT NULL,
    created_on date NOT NULL,
    CONSTRAINT track_pkey PRIMARY KEY (identity)
);

CREATE TABLE working_group (
    id uuid NOT NULL,
    slug_mac bytea NOT NULL,
    time_zone character varying NOT NULL,
    default_attribution character varying NOT NULL,
    convened_on date NOT NULL,
    version integer NOT NULL,
    sealed bytea NOT NULL,
    mac bytea,
    CONSTRAINT working_group_pkey PRIMARY KEY (id),
    CONSTRAINT working_group_slug_mac UNIQUE (slug_mac)
);

-- Key store

CREATE TABLE audit_head (
    id integer NOT NULL,
    sequence bigint NOT NULL,
    digest bytea NOT NULL,
    key_id character varying NOT NULL,
    signature bytea NOT NULL,
    CONSTRAINT audit_head_pkey PRIMARY KEY (id)
);

CREATE TABLE key_store (
    identity uuid NOT NULL,
    created_on date NOT NULL,
    CONSTRAINT key_store_pkey PRIMARY KEY (identity)
);

CREATE TABLE macs_given (
    id integer NOT NULL,
    given_on date NOT NULL,
    CONSTRAINT macs_given_pkey PRIMARY KEY (id)
);

CREATE TABLE signing_key (
    kid character varying NOT NULL,
    purpose character varying NOT NULL,
    state character varying NOT NULL,
    public bytea NOT NULL,
    wrapped bytea NOT NULL,
    created_on date NOT NULL,
    state_since timestamp with time zone,
    CONSTRAINT signing_key_pkey PRIMARY KEY (kid)
);

CREATE TABLE wrapped_key (
    id uuid NOT NULL,
    group_id uuid,
    purpose character varying NOT NULL,
    state character varying NOT NULL,
    wrapped bytea NOT NULL,
    created_on date NOT NULL,
    state_since timestamp with time zone,
    CONSTRAINT wrapped_key_pkey PRIMARY KEY (id)
);

CREATE INDEX wrapped_key_group ON public.wrapped_key USING btree (group_id);
