"""A project handed on: pictures and masks in the forms that the field uses."""
