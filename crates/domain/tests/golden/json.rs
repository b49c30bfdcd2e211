//! JSON as it is written: keys in order, repeated ones too, numbers as text.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// A JSON value that can be spoilt and written again.
#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    Object(Vec<(String, Json)>),
    List(Vec<Json>),
    Text(String),
    /// A number, a truth value or `null`, as it is written.
    Word(String),
}

/// A step from a value into one of its parts.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    Key(String),
    Index(usize),
}

impl Json {
    pub fn read(text: &str) -> Self {
        serde_json::from_str(text).unwrap()
    }

    /// The ways to all values inside, this one first.
    pub fn places(&self) -> Vec<Vec<Step>> {
        let mut places = vec![Vec::new()];
        let parts: Vec<(Step, &Self)> = match self {
            Self::Object(fields) => {
                fields.iter().map(|(key, value)| (Step::Key(key.clone()), value)).collect()
            }
            Self::List(items) => {
                items.iter().enumerate().map(|(index, value)| (Step::Index(index), value)).collect()
            }
            Self::Text(_) | Self::Word(_) => Vec::new(),
        };
        for (step, part) in parts {
            for mut rest in part.places() {
                rest.insert(0, step.clone());
                places.push(rest);
            }
        }
        places
    }

    pub fn at(&self, place: &[Step]) -> &Self {
        place.iter().fold(self, |value, step| match (value, step) {
            (Self::Object(fields), Step::Key(key)) => {
                &fields.iter().find(|(name, _)| name == key).unwrap().1
            }
            (Self::List(items), Step::Index(index)) => &items[*index],
            _ => panic!("{place:?} is no place in {self}"),
        })
    }

    /// The same with another value at a place.
    pub fn with(&self, place: &[Step], value: Self) -> Self {
        let Some((step, rest)) = place.split_first() else { return value };
        let mut changed = self.clone();
        let part = match (&mut changed, step) {
            (Self::Object(fields), Step::Key(key)) => {
                &mut fields.iter_mut().find(|(name, _)| name == key).unwrap().1
            }
            (Self::List(items), Step::Index(index)) => &mut items[*index],
            _ => panic!("{place:?} is no place in {self}"),
        };
        *part = part.with(rest, value);
        changed
    }
}

/// A place as refusals name it: `data.lines[0].amount`.
pub fn path(place: &[Step]) -> String {
    place.iter().fold("data".to_owned(), |path, step| match step {
        Step::Key(key) => format!("{path}.{key}"),
        Step::Index(index) => format!("{path}[{index}]"),
    })
}

/// A place whatever the number of a list's item: `lines.amount`.
pub fn field(place: &[Step]) -> String {
    let keys = place.iter().filter_map(|step| match step {
        Step::Key(key) => Some(key.as_str()),
        Step::Index(_) => None,
    });
    keys.collect::<Vec<_>>().join(".")
}

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |text: &str| serde_json::to_string(text).map_err(|_| fmt::Error);
        match self {
            Self::Word(word) => f.write_str(word),
            Self::Text(value) => f.write_str(&text(value)?),
            Self::List(items) => {
                let items: Vec<String> = items.iter().map(ToString::to_string).collect();
                write!(f, "[{}]", items.join(","))
            }
            Self::Object(fields) => {
                f.write_str("{")?;
                for (index, (key, value)) in fields.iter().enumerate() {
                    let comma = if index == 0 { "" } else { "," };
                    write!(f, "{comma}{}:{value}", text(key)?)?;
                }
                f.write_str("}")
            }
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = Json;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("JSON")
            }

            fn visit_unit<E: Error>(self) -> Result<Json, E> {
                Ok(Json::Word("null".into()))
            }

            fn visit_bool<E: Error>(self, value: bool) -> Result<Json, E> {
                Ok(Json::Word(value.to_string()))
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<Json, E> {
                Ok(Json::Word(value.to_string()))
            }

            fn visit_str<E: Error>(self, value: &str) -> Result<Json, E> {
                Ok(Json::Text(value.into()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
                let mut list = Vec::new();
                while let Some(item) = items.next_element()? {
                    list.push(item);
                }
                Ok(Json::List(list))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Json, A::Error> {
                let mut object = Vec::new();
                while let Some(field) = fields.next_entry()? {
                    object.push(field);
                }
                Ok(Json::Object(object))
            }
        }

        deserializer.deserialize_any(Reader)
    }
}
