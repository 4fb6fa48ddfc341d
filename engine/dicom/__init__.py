"""DICOM without torch: headers, pixels, and strangers parsed in a child process."""
