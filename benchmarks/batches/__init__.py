"""Folders by the thousand: throughput and memory, kills at random moments, watched folders."""
