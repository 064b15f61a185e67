// Partners outside the library, each behind a package trait.
