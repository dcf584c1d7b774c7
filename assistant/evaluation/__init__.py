"""Question sets in BEIR's form through the product's own path, and the figures that come out."""
