//! What a change says of one field: nothing, "away with it", or a new value.

/// A field of a change. An omitted field is kept; only a null that was sent clears.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Patch<T> {
    /// The field was not sent.
    #[default]
    Keep,
    /// Null was sent.
    Clear,
    /// A value was sent.
    Set(T),
}

impl<T> Patch<T> {
    /// Whether the change says nothing of the field.
    pub const fn is_keep(&self) -> bool {
        matches!(self, Self::Keep)
    }

    /// The value sent, if one was.
    pub const fn value(&self) -> Option<&T> {
        match self {
            Self::Set(value) => Some(value),
            Self::Keep | Self::Clear => None,
        }
    }

    /// The optional field after the change.
    pub fn over(self, current: Option<T>) -> Option<T> {
        match self {
            Self::Keep => current,
            Self::Clear => None,
            Self::Set(value) => Some(value),
        }
    }
}
