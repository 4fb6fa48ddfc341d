"""The vision-language model: a tower, the clinical fusion, a language model, a finding head."""
