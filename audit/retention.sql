-- What may leave, and how: two functions that refuse to work without a sealed event that says so.

CREATE OR REPLACE FUNCTION audit_is_held(org uuid, actor text, targets text[], private_refs text[], at timestamptz)
RETURNS boolean LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (
        SELECT 1 FROM public.legal_hold h WHERE h.org_id = org AND h.released_at IS NULL
          AND (h.scope ->> 'subject_ref' IS NULL OR h.scope ->> 'subject_ref' = actor
               OR h.scope ->> 'subject_ref' = ANY (targets) OR h.scope ->> 'subject_ref' = ANY (private_refs))
          AND (h.scope ->> 'from' IS NULL OR (h.scope ->> 'from')::timestamptz <= at)
          AND (h.scope ->> 'to' IS NULL OR at < (h.scope ->> 'to')::timestamptz))
$$;

-- Drops one partition once each of its rows is held aside or lies in a range that a sealed audit.pruned event names.
CREATE OR REPLACE FUNCTION audit_drop_partition(partition text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    kept text; days integer; latest timestamptz; unexplained bigint; dropped bigint;
BEGIN
    PERFORM set_config('promptguard.all_organizations', 'on', true);
    kept := substring(partition FROM '^audit_event_([0-9a-z]+)_[0-9]{6}$');
    days := CASE kept WHEN '30d' THEN 30 WHEN '90d' THEN 90 WHEN '365d' THEN 365 WHEN '3y' THEN 1095 WHEN '7y' THEN 2555 END;
    IF days IS NULL OR to_regclass('public.' || quote_ident(partition)) IS NULL THEN
        RAISE EXCEPTION 'not a partition that can be pruned: %', partition USING ERRCODE = 'invalid_parameter_value';
    END IF;
    -- A hold placed between this check and the drop waits for this lock, and then finds nothing to protect any more.
    LOCK TABLE public.legal_hold IN SHARE MODE;
    EXECUTE format('SELECT max(sealed_at), count(*) FROM public.%I', partition) INTO latest, dropped;
    IF latest + make_interval(days => days) > now() THEN
        RAISE EXCEPTION 'not yet due: %', partition USING ERRCODE = 'check_violation';
    END IF;
    -- Both questions are asked once for each organization as far as they can be: a month has many rows.
    EXECUTE format(
        'WITH announced AS MATERIALIZED (
             SELECT p.org_id, p.epoch, p.from_seq, p.to_seq FROM public.audit_prune p WHERE EXISTS (
                 SELECT 1 FROM public.audit_event said WHERE said.org_id = p.org_id AND said.epoch >= p.epoch
                     AND said.seq = p.event_seq AND said.event_type = ''audit.pruned'' AND said.retention_class = ''forever''))
         SELECT count(*) FROM public.%I e WHERE NOT EXISTS (
             SELECT 1 FROM public.audit_event_held h WHERE (h.org_id, h.epoch, h.seq) = (e.org_id, e.epoch, e.seq))
         AND ((e.org_id = ANY (ARRAY(SELECT l.org_id FROM public.legal_hold l WHERE l.released_at IS NULL))
               AND public.audit_is_held(e.org_id, e.actor_ref, e.target_refs,
                  ARRAY(SELECT p.subject_ref FROM public.audit_private p WHERE p.org_id = e.org_id AND p.event_id = e.event_id), e.sealed_at))
              OR NOT EXISTS (
                  SELECT 1 FROM announced p
                  WHERE p.org_id = e.org_id AND p.epoch = e.epoch AND e.seq BETWEEN p.from_seq AND p.to_seq))', partition)
        INTO unexplained;
    IF unexplained > 0 THEN
        RAISE EXCEPTION '% events of % are held or not named by an audit.pruned event', unexplained, partition
            USING ERRCODE = 'check_violation';
    END IF;
    EXECUTE format(
        'DELETE FROM public.audit_private p USING public.%I e WHERE p.org_id = e.org_id AND p.event_id = e.event_id
         AND NOT EXISTS (SELECT 1 FROM public.audit_event_held h WHERE h.event_id = e.event_id)', partition);
    EXECUTE format('DROP TABLE public.%I', partition);
    RETURN dropped;
END $$;

-- Destroys a person's key, pseudonym and private parts once a sealed privacy.erased event names them.
CREATE OR REPLACE FUNCTION audit_erase_subject(org uuid, subject text, erasure uuid) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    removed bigint;
BEGIN
    PERFORM set_config('promptguard.all_organizations', 'on', true);
    LOCK TABLE public.legal_hold IN SHARE MODE;
    IF NOT EXISTS (
        SELECT 1 FROM public.audit_event e WHERE e.org_id = org AND e.event_id = erasure AND e.event_type = 'privacy.erased' AND e.retention_class = 'forever'
          AND convert_from(e.canonical, 'UTF8')::jsonb #>> '{pub,details,subject_ref}' = subject) THEN
        RAISE EXCEPTION 'no sealed privacy.erased event names this subject' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (
        SELECT 1 FROM public.legal_hold h WHERE h.org_id = org AND h.released_at IS NULL
          AND (h.scope ->> 'subject_ref' IS NULL OR h.scope ->> 'subject_ref' = subject)) THEN
        RAISE EXCEPTION 'a legal hold protects this subject' USING ERRCODE = 'check_violation';
    END IF;
    UPDATE public.subject_key SET wrapped_dek = NULL, destroyed_at = coalesce(destroyed_at, now())
        WHERE org_id = org AND subject_ref = subject;
    DELETE FROM public.data_subject WHERE org_id = org AND subject_ref = subject;
    DELETE FROM public.audit_private WHERE org_id = org AND subject_ref = subject;
    GET DIAGNOSTICS removed = ROW_COUNT;
    RETURN removed;
END $$;
