"""Who somebody is, and what may be read where: asked of Slack at the time of answering."""
