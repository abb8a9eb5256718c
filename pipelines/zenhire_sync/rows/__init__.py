"""Session rows, from the API's JSON to Arrow tables. Pure: values in, values out."""
