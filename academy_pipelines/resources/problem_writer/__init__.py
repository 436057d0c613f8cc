"""Those who make a problem out of a question's text: rules, and a language model."""
