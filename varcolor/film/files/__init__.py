"""Files of films: frames in and out, keys, and what is kept while a film is worked on."""
