"""Quality control: what is wrong with a header, with pixels, with a series, with a submission."""
