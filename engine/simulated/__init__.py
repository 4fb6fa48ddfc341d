"""Radiographs projected from one real CT, with lesions whose truth is known."""
