//! Stories in a process of their own, one after the other, so that all that the process says can be written down: every line
//! of every library, at the most talkative level.

mod canaries;
mod heard;
mod saying;
mod swap;
