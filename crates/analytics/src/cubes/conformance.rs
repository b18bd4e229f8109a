//! Every cube query on every engine gives the same rows to the last digit.
