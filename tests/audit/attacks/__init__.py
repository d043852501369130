"""The attack table of the design (section 17), rows 00 to 50: one test each, found by the row's number in its name.

| rows | module | about |
|---|---|---|
| 00–21, 24–27 | `test_00_27_tampering` | an adversary with all rights on the database; what only a key or an anchor betrays |
| 28–34 | `test_28_34_sequencer` | two sequencers, crashes, a full disk, a million waiting, long and second transactions |
| 35–37 | `test_35_37_database` | DDL, replicas' rights, keys and notes, values that hashing systems stumble over |
| 12, 22, 23, 38–41 | `test_38_41_leaving` | retention, hold, erasure and restore: lawful ones stay clean, pretended ones do not |
| 42, 43 | `test_42_43_copies` | bundles and streams in others' hands |
| 44–47 | `test_44_47_tenants` | other tenants, forked views, moving tails, and what a chain cannot know |
| 48–50 | `test_48_50_people` | erasure as its user meets it |

Each names the finding codes that it expects, and no other may appear: from the database alone (`walk`), with an anchor
file that the adversary cannot reach (`anchored`), and from the offline verifier, run by a Python without any package
(`offline`). Where a bundle cannot show what the database shows, a comment at the row says why.
"""
