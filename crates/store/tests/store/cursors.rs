//! Fuzzed: a cursor is the one that was sealed for this list and viewer, or it is none.

use dipoli_testkit::{Engine, on_each_database};
use proptest::{
    prelude::*,
    sample::Index,
    test_runner::{Config, TestRunner},
};

use crate::world::World;

async fn a_cursor_is_the_one_that_was_sealed_or_none(engine: Engine) {
    let world = World::new(engine).await;
    let store = &world.store;
    let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::default() });
    let key = prop::collection::vec(any::<u8>(), 0..60);
    let changes = prop::collection::vec((any::<Index>(), any::<char>()), 0..4);
    let strategy = (key, changes, any::<[u8; 2]>(), ".{0,60}");
    runner
        .run(&strategy, |(key, changes, [list, other], anything)| {
            let sealed = store.seal_cursor(&[b"list", &[list]], &key);
            let mut changed: Vec<char> = sealed.chars().collect();
            for (at, to) in changes {
                let at = at.index(changed.len());
                changed[at] = to;
            }
            let changed: String = changed.into_iter().collect();
            let opened = store.open_cursor(&[b"list", &[list]], &changed);
            prop_assert_eq!(opened, (changed == sealed).then_some(key));
            if other != list {
                prop_assert_eq!(store.open_cursor(&[b"list", &[other]], &sealed), None);
            }
            prop_assert_eq!(store.open_cursor(&[b"list", &[list]], &anything), None);
            Ok(())
        })
        .expect("no cursor but the sealed one opens");
}

on_each_database!(a_cursor_is_the_one_that_was_sealed_or_none);
