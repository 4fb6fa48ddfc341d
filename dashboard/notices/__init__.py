"""How people are called on outside the screens: by mail and by a webhook, without a patient in either."""
