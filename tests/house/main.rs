//! House rules that no compiler checks: documents, lists, names, words, layers. Needs neither root nor Apache.
#![forbid(unsafe_code)]

#[cfg(test)]
mod caveats;
#[cfg(test)]
mod circles;
#[cfg(test)]
mod documents;
#[cfg(test)]
mod lists;
#[cfg(test)]
mod prose;
#[cfg(test)]
mod rules;
#[cfg(test)]
mod sources;
#[cfg(test)]
mod words;
