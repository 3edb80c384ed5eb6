//! Bytes within a sealed text, as long as there are bytes: as a list of numbers they would be longer the larger the numbers
//! are, and now and then random bytes would push a text into the next size of padding.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Deserializer, Serializer, de::Error};

/// For `serde(with)`.
pub(crate) fn serialize<S: Serializer>(bytes: &impl AsRef<[u8]>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&URL_SAFE_NO_PAD.encode(bytes))
}

/// For `serde(with)`; a list of numbers, as earlier rows have it, is read too.
pub(crate) fn deserialize<'de, D: Deserializer<'de>, T: TryFrom<Vec<u8>>>(source: D) -> Result<T, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Text(String),
        Numbers(Vec<u8>),
    }
    let bytes = match Written::deserialize(source)? {
        Written::Text(text) => URL_SAFE_NO_PAD.decode(text).map_err(D::Error::custom)?,
        Written::Numbers(bytes) => bytes,
    };
    T::try_from(bytes).map_err(|_| D::Error::custom("as many bytes as were written"))
}

/// The same for bytes that may be absent.
pub(crate) mod optional {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    struct Even(#[serde(with = "super")] Vec<u8>);

    /// For `serde(with)`.
    #[allow(clippy::ref_option, reason = "serde hands fields over by reference")]
    pub(crate) fn serialize<S: Serializer>(bytes: &Option<Vec<u8>>, serializer: S) -> Result<S::Ok, S::Error> {
        bytes.clone().map(Even).serialize(serializer)
    }

    /// For `serde(with)`.
    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(source: D) -> Result<Option<Vec<u8>>, D::Error> {
        Ok(Option::<Even>::deserialize(source)?.map(|Even(bytes)| bytes))
    }
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Both {
        #[serde(with = "super")]
        fixed: [u8; 32],
        #[serde(with = "super")]
        free: Vec<u8>,
    }

    #[test]
    fn large_bytes_are_as_long_as_small_ones() {
        let written =
            |byte: u8| serde_json::to_string(&Both { fixed: [byte; 32], free: vec![byte; 32] }).expect("JSON");
        assert_eq!(written(0).len(), written(255).len());
        assert_eq!(serde_json::from_str::<Both>(&written(7)).expect("reads").fixed, [7; 32]);
    }

    #[test]
    fn what_was_written_as_numbers_is_read() {
        let earlier = format!(r#"{{"fixed":{:?},"free":[1,2,255]}}"#, [9; 32]);
        assert_eq!(
            serde_json::from_str::<Both>(&earlier).expect("reads"),
            Both { fixed: [9; 32], free: vec![1, 2, 255] }
        );
        assert!(serde_json::from_str::<Both>(r#"{"fixed":"AA","free":"AA"}"#).is_err());
    }
}
